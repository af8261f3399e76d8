#!/usr/bin/env python3
"""Promise 29, of the cache itself: never a wrong file, never in the way, whatever happens to a store.

    cache_store.py [--rounds N] [CASE...]

A directory: 32 processes read, write and trim one; one that puts is killed as it enters each of its calls;
objects are torn, and entries signed by nobody. A server: nginx, one that takes signed requests alone, and one that
fails in every way that it can. All through cache_probe, a program that has a cache and nothing else.
"""
import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import cache_servers
import crash
import timebox
from result import report

PROBE = os.environ.get("CACHE_PROBE") or os.path.join(os.environ["BUILD"], "tests/campaign/cache_probe")
TOKEN = "Bearer 5EcReT"
CASES = []


def case(function):
    CASES.append(function)
    return function


class Failure(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failure(what)


class Probe:
    """A place, and a directory with results to put there."""

    def __init__(self, where, place, *options, **environment):
        self.where, self.command = where, [PROBE, place, *options]
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("AWS_", "RESTAGE_", "http")) and name != "HOME"}
        self.environment.update(HOME=where, **environment)
        self.taken = 0
        os.makedirs(os.path.join(where, "tree/empty"), exist_ok=True)
        self.write("small", b"abc")
        self.write("tree/large", bytes(range(256)) * 5000)
        self.write("tree/none", b"")
        with contextlib.suppress(FileExistsError):
            os.symlink("large", os.path.join(where, "tree/link"))

    def write(self, name, data):
        with open(os.path.join(self.where, name), "wb") as file:
            file.write(data)

    def run(self, *arguments, tool=()):
        began = time.monotonic()
        done = subprocess.run([*tool, *self.command, *arguments], cwd=self.where, env=self.environment,
                              capture_output=True, text=True, timeout=120, check=False)
        self.seconds, self.complaint = time.monotonic() - began, done.stderr
        check("5EcReT" not in done.stdout + done.stderr, "a token is told")
        check(self.complaint.count("\n") <= 1, f"more than one warning: {self.complaint}")
        return done.stdout.strip() if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"

    def put(self, key="k"):
        return self.run("put", key, "small", "tree")

    def take(self, key="k"):
        """-> what it says; of what was taken each byte is compared"""
        self.taken += 1
        into = f"taken{self.taken}"
        said = self.run("take", key, into)
        if said == "done":
            for name in ("small", "tree"):
                differs = subprocess.run(["diff", "-r", "--no-dereference", name, f"{into}/{name}"], cwd=self.where,
                                         check=False, capture_output=True, text=True)
                check(differs.returncode == 0, f"what was taken is something else: {differs.stdout}")
        shutil.rmtree(os.path.join(self.where, into), ignore_errors=True)
        return said

    def expect(self, said, wanted):
        check(said == wanted, f"'{said}' instead of '{wanted}' ({self.complaint.strip()})")

    def works(self):
        self.expect(self.put(), "done")
        self.expect(self.take(), "done")
        self.expect(self.take("other"), "miss")
        check(not self.complaint, self.complaint)


def objects(directory):
    for folder, _, names in os.walk(directory):
        for name in names:
            if "/tmp" not in folder[len(directory):] and name != "used":
                yield os.path.join(folder, name)


def check_objects(directory):
    """Each is whole, and what its name says."""
    for path in objects(directory):
        with open(path, "rb") as file:
            data = file.read()
        check(os.stat(path).st_mode & 0o7777 == 0o444, f"{path} has another mode")
        if "/ac/" in path:
            json.loads(data)
        else:
            check(hashlib.sha256(data).hexdigest() == os.path.basename(path), f"{path} is torn")


@case
def a_directory_gives_what_was_put(where, rounds):
    probe = Probe(where, where + "/cache")
    probe.works()
    check_objects(where + "/cache")
    return 1


@case
def many_read_write_and_trim_one_directory(where, rounds):
    count = 32
    running = [subprocess.Popen([PROBE, where + "/cache", "hammer", str(seed), str(60 * rounds)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for seed in range(count)]
    taken = 0
    for process in running:
        said = process.communicate(timeout=600)[0].split()
        check(said[-1:] == ["done"] and process.returncode == 0, f"hammer: {said}")
        taken += int(said[0])
    check(taken > 0, "nothing was ever taken")
    check_objects(where + "/cache")
    return count


@case
def a_put_that_is_killed_at_any_call_leaves_nothing_torn(where, rounds):
    probe = Probe(where, where + "/cache")
    log = os.path.join(where, "calls")
    probe.run("put", "k", "small", "tree", tool=["strace", "-qq", "-o", log])
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    # what comes before the cache is first touched is the loader's
    early = dict(crash.count_calls(text[:text.index(where + "/cache/")]))
    calls = [(name, number) for name, number in crash.count_calls(text) if number > early.get(name, 0)]
    # all of those that change something; of the others a few
    changing = ("rename", "mkdir", "openat", "write", "pwrite64", "unlink", "fchmod", "chmod", "close", "ioctl")
    calls = [call for call in calls if call[0] in changing or rounds > 1]
    step = 1 if rounds > 1 else 3
    cases = 0
    for name, number in calls[::step]:
        shutil.rmtree(where + "/cache")
        killed = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e",
                                 f"inject={name}:signal=KILL:when={number}", *probe.command, "put", "k", "small",
                                 "tree"], cwd=where, env=probe.environment, capture_output=True, check=False)
        if killed.returncode not in (-signal.SIGKILL, 128 + signal.SIGKILL):
            continue
        cases += 1
        if os.path.isdir(where + "/cache"):
            check_objects(where + "/cache")
        said = probe.take()
        check(said in ("miss", "done"), f"killed at {name} {number}: {said}")
        probe.works()
    check(cases > 10, f"only {cases} of {len(calls)} calls were reached")
    return cases


@case
def entries_that_nobody_signed_are_none(where, rounds):
    probe = Probe(where, where + "/cache")
    probe.works()
    probe.write("secret", b"one\n")
    signed = Probe(where, where + "/cache", "key_file=" + where + "/secret")
    signed.expect(signed.take(), "miss")
    signed.works()
    probe.expect(probe.take(), "done")  # who has no key takes it
    probe.write("secret", b"two\n")
    signed.expect(signed.take(), "miss")
    return 1


@case
def nginx_keeps_a_cache(where, rounds):
    with cache_servers.nginx(where + "/server") as url:
        probe = Probe(where, url, "timeout=60s")
        probe.works()
        check_names(where + "/server/store")
        # in front of it a directory, which has it all from then on
        probe = Probe(where, where + "/cache", "url=" + url)
        probe.expect(probe.take(), "done")
        check_objects(where + "/cache")
        for path in objects(where + "/server/store"):
            os.remove(path)
        probe.expect(probe.take(), "done")
    probe.expect(probe.take("other"), "miss")
    check("Connect" in probe.complaint or "connect" in probe.complaint, probe.complaint)
    return 1


def check_names(directory):
    for path in objects(directory):
        check(re.search(r"/(ac|cas)/[0-9a-f]{64}$", path), path)


@case
def large_contents_go_in_pieces(where, rounds):
    if rounds == 1:
        return 0  # takes seconds
    with cache_servers.nginx(where + "/server") as url:
        for place in (where + "/cache", url):
            probe = Probe(where, place)
            with open(os.path.join(where, "small"), "wb") as file:
                file.truncate((256 << 20) + 12345)
                file.seek(256 << 20)
                file.write(b"end")
            probe.works()
        sizes = sorted(os.path.getsize(path) for path in objects(where + "/server/store"))
        check(sizes[-2:] == [1280000, 256 << 20], sizes)
        # a piece that is gone, and one that is something else
        largest = max(objects(where + "/server/store"), key=os.path.getsize)
        with open(largest, "r+b") as file:
            file.write(b"x")
        probe.expect(probe.take(), "miss")
        os.remove(largest)
        probe.expect(probe.take(), "miss")
        probe.works()
    return 4


@case
def a_store_of_signed_requests_keeps_a_cache(where, rounds):
    with cache_servers.s3() as server:
        probe = Probe(where, "s3://bucket/some/prefix", "timeout=60s", **server.environment)
        probe.works()
        check(not server.refused, server.refused)
        check(all(re.fullmatch(r"/bucket/some/prefix/(ac|cas)/[0-9a-f]{64}", path) for path in server.objects),
              list(server.objects))
        probe = Probe(where, "s3://bucket/some/prefix", AWS_SESSION_TOKEN="a/b+c=", **server.environment)
        probe.expect(probe.take(), "done")
        check(not server.refused, server.refused)
        wrong = {**server.environment, "AWS_SECRET_ACCESS_KEY": "5EcReT"}
        probe = Probe(where, "s3://bucket/some/prefix", **wrong)
        probe.expect(probe.take(), "miss")
        check("403" in probe.complaint, probe.complaint)
        wrong.pop("AWS_SECRET_ACCESS_KEY")
        check("AWS_SECRET_ACCESS_KEY" in Probe(where, "s3://bucket", **wrong).put(), "no word of the missing key")
    return 3


PIPELINE = """[stage:make]
command = seq 20000 >{{output.n}}; mkdir {{output.d}}; ln -s x {{output.d}}/l; echo x >{{output.d}}/x
output.n = n.txt
output.d = d
[stage:sum]
command = awk '{ s += $1 } END { print s }' {{input.n}} >{{output.s}}; echo ran >>{{root}}/trace
track_command = no
input.n = {{make.n}}
output.s = s.txt
"""


def run_checkout(where, name, place, environment):
    """-> the lines that the run says of stages"""
    root = os.path.join(where, name)
    os.makedirs(root)
    with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(PIPELINE)
    done = subprocess.run([os.environ["RESTAGE"], "--cache", place], cwd=root, env=environment, capture_output=True,
                          text=True, timeout=120, check=False)
    check(done.returncode == 0 and "warning" not in done.stderr, done.stderr)
    return done.stderr


@case
def a_second_checkout_runs_nothing(where, rounds):
    with cache_servers.nginx(where + "/server") as url, cache_servers.s3() as store:
        environment = {**Probe(where, url).environment, **store.environment}
        for number, place in enumerate((url, "s3://bucket/prefix", where + "/cache")):
            first, second = f"first{number}", f"second{number}"
            run_checkout(where, first, place, environment)
            said = run_checkout(where, second, place, environment)
            check("2 restored" in said, said)
            check(not os.path.exists(os.path.join(where, second, "trace")), "a command ran")
            differs = subprocess.run(["diff", "-r", "--no-dereference", "-x", "manifest.json", "-x", ".restage", "-x",
                                      "logs", "-x", "*.log", "-x", "graph.dot", f"{first}/out", f"{second}/out"],
                                     cwd=where, check=False, capture_output=True, text=True)
            check(differs.returncode == 0, differs.stdout)
    return 3


@case
def what_a_server_spoilt_is_put_anew(where, rounds):
    with cache_servers.faulty() as server:
        environment = Probe(where, server.url).environment
        run_checkout(where, "first", server.url, environment)
        for path in server.objects:
            if path.startswith("/cas/"):
                server.objects[path] = server.objects[path][:-1] + b"?"
        said = run_checkout(where, "second", server.url, environment)
        check("2 ran" in said, said)
        said = run_checkout(where, "third", server.url, environment)
        check("2 restored" in said, said)
    return 1


@case
def an_entry_goes_only_where_all_that_it_names_went(where, rounds):
    with cache_servers.faulty() as server:
        server.limit = 1000
        probe = Probe(where, where + "/cache", "url=" + server.url)
        probe.expect(probe.put(), "done")
        check("413" in probe.complaint, probe.complaint)
        check(server.objects and not any(path.startswith("/ac/") for path in server.objects), list(server.objects))
        probe.expect(probe.take(), "done")
    return 1


# What each fault makes of taking what is there, and of putting; whether it is complained of. None: not tried.
FAULTS = {
    "error_500": ("miss", "failed", True),
    "forbidden": ("miss", "failed", True),
    "full": ("miss", "failed", True),
    "reset": ("miss", "failed", True),
    "stall": ("miss", None, True),
    "stall_in_body": ("miss", None, True),
    "cut": ("miss", None, True),
    "short": ("miss", None, False),
    "poisoned": ("miss", None, False),
    "endless": ("miss", None, False),
    "trickle": ("miss", None, True),
    "endless_headers": ("miss", "failed", True),
    "no_http": ("miss", "failed", True),
    "redirect_for_ever": ("miss", "failed", True),
    "redirect_to_a_file": ("miss", "failed", True),
}


@case
def a_server_that_fails_is_never_in_the_way(where, rounds):
    with cache_servers.faulty() as server:
        patient = Probe(where, server.url, "timeout=60s", RESTAGE_CACHE_AUTHORIZATION=TOKEN)
        probe = Probe(where, server.url, "timeout=1s", RESTAGE_CACHE_AUTHORIZATION=TOKEN)
        patient.works()
        check(all(headers.get("Authorization") == TOKEN for _, _, headers in server.asked), "no token was sent")
        for fault, (take, put, complains) in FAULTS.items():
            server.fault = fault
            probe.expect(probe.take(), take)
            check(bool(probe.complaint) == complains or fault == "full", f"{fault}: '{probe.complaint}'")
            check(probe.seconds < 60, f"{fault} took {probe.seconds:.1f} s")
            if put:
                server.asked.clear()
                probe.expect(probe.put(), put)
                check(probe.complaint, f"{fault}: nothing is said")
                check(len(server.asked) <= 12, f"{fault}: asked {len(server.asked)} times")
        server.fault = ""
        patient.works()
        for path in [path for path in server.objects if path.startswith("/cas/")]:
            server.objects[path] = b"x" + server.objects[path][1:]
        patient.expect(patient.take(), "miss")
    return len(FAULTS) + 1


@case
def a_server_that_trickles_holds_no_stage_up(where, rounds):
    with cache_servers.faulty() as server:
        environment = Probe(where, server.url).environment
        run_checkout(where, "first", server.url, environment)
        server.fault, server.asked[:] = "trickle_contents", []
        root = os.path.join(where, "second")
        os.makedirs(root)
        with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(PIPELINE + "[cache]\ntimeout = 1s\n")
        command = [os.environ["RESTAGE"], "--cache", server.url]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120,
                              check=False)
        check(done.returncode == 0 and "1 ran" in done.stderr and "1 restored" in done.stderr, done.stderr)
        check(done.stderr.count("timed out") == 1, done.stderr)
        # a signal ends the waiting
        shutil.rmtree(os.path.join(root, "out"))
        with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(PIPELINE + "[cache]\ntimeout = 1h\n")
        server.asked.clear()
        with subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True) as running:
            end = time.monotonic() + 60
            while len(server.asked) < 2 and time.monotonic() < end:  # the entry, and what is large
                time.sleep(0.05)
            running.send_signal(signal.SIGINT)
            try:
                said = running.communicate(timeout=40)[1]
            except subprocess.TimeoutExpired:
                running.kill()
                raise Failure("a signal does not end the waiting") from None
            check(running.returncode == -signal.SIGINT and "warning" not in said, f"{running.returncode}: {said}")
            check("0 ran" in said or " ran" not in said, said)
    return 2


@case
def a_server_that_takes_slowly_holds_no_run_up(where, rounds):
    with cache_servers.faulty() as server:
        environment = Probe(where, server.url).environment
        server.fault = "slow_put"
        with open(os.path.join(where, "pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(f"[cache]\nurl = {server.url}\ntimeout = 2s\n[stage:make]\n"
                       "command = head -c 40000000 /dev/zero >{{output.o}}\noutput.o = o\n")
        done = subprocess.run([os.environ["RESTAGE"]], cwd=where, env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        check(done.returncode == 0 and "1 result has not come to the cache in time" in done.stderr, done.stderr)
        check("at most until 1 result is in the cache" in done.stderr, done.stderr)
    return 1


@case
def a_redirect_is_followed_and_the_token_stays(where, rounds):
    with cache_servers.faulty() as server:
        probe = Probe(where, server.url, RESTAGE_CACHE_AUTHORIZATION=TOKEN)
        probe.works()
        server.fault, server.asked[:] = "redirect", []
        probe.expect(probe.take(), "done")
        moved = [headers for _, path, headers in server.asked if path.startswith("/moved")]
        check(moved and not any("Authorization" in headers for headers in moved), "the token went to another host")
    return 1


@case
def netrc_names_who_asks(where, rounds):
    with open(os.path.join(where, ".netrc"), "w", encoding="utf-8") as file:
        file.write("machine 127.0.0.1 login me password 5EcReT\n")
    with cache_servers.faulty() as server:
        probe = Probe(where, server.url)
        probe.works()
        check(all(headers.get("Authorization", "").startswith("Basic ") for _, _, headers in server.asked), "not sent")
    return 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    cases = failures = 0
    box = timebox.Box()
    for function in CASES:
        if arguments.cases and function.__name__ not in arguments.cases:
            continue
        if box.is_over():
            break
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="restage-cache-") as where:
            try:
                cases += function(where, arguments.rounds)
            except (Failure, OSError, RuntimeError, subprocess.TimeoutExpired, ValueError) as failure:
                print(f"{function.__name__}: {failure}")
                cases, failures = cases + 1, failures + 1
        print(f"{function.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    return report(cases, failures)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What looking says is what a run does, and what a run leaves is what a clean rebuild has (promises 6, 7 and 25).

    agree.py STEPS SECONDS [SEED]    stops at whichever comes first

Random pipelines that use every feature of the definition (everything.py). Each step edits files, outputs and the
definition, asks `run -n`, `status`, `why`, `graph` and `verify`, each with the index and without, compares their
answers with each other, and then runs: all of it or a part, with stages that fail, interrupted, killed, or edited
meanwhile. Just those stages run that looking named, for the reasons that it gave; those that may run have a stage
before them that did. After a run of all that succeeds, outputs are those of a rebuild in a fresh directory, nothing
is left to do, everybody says so, and no path in manifests, logs and graph is dead.

A walk that fails is made shorter as long as it fails, and told as its seed, the steps and edits that it needs, and
the definition.
"""
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import everything
import oracle
import result
import timebox
import walk

STEPS_A_TREE = 25
SHRINK_SECONDS = 60
OUR_OWN = ("manifest.json", "stage.log", "graph.dot")
# Reasons that a look cannot foresee where a stage before will run, and those which that may undo.
OF_FILES = {"input_changed", "upstream_ran"}
OF_THE_PAST = {"failed_before", "interrupted"}


class Wrong(Exception):
    """kind: what shrinking keeps."""

    def __init__(self, kind, text):
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def codes(reasons):
    """A directory may still have another number when somebody looks."""
    return sorted((r["code"], re.sub(r"^out/p/[0-9]+_", "out/p/", r["about"] or "")) for r in reasons)


def knows_more(told, without):
    """Do plans differ in what would be restored alone? The index has what directories are, which nobody reads to
    look stages up."""
    if "stages" not in told or any("action" not in s for s in told["stages"]):
        return False
    with_it, others = ({s["name"]: {**s, "cause": None} for s in one["stages"]} for one in (told, without))
    return others.keys() == with_it.keys() and all(
        s == others[name] or (s["action"] == "restore" and others[name]["action"] in ("run", "may_run"))
        for name, s in with_it.items())


class Agree(walk.Walk):
    """skip: of ("step", n), ("edit", n, k) and what everything.py knows: left out."""

    def __init__(self, seed, skip=frozenset()):  # pylint: disable=super-init-not-called
        self.seed, self.skip, self.top = seed, skip, oracle.fresh_directory("agree")
        self.random = random.Random(seed)
        self.tree = everything.Everything(self.random, os.path.join(self.top, "tree"), skip)
        self.moves, self.said, self.runs = 0, [], 0

    # edits of files

    def some_file(self):
        if self.random.random() < 0.7:
            return super().some_file()
        return self.tree.at(self.random.choice((*everything.HIDDEN, "ver/1", "ver/2")))

    def timed(self):
        """What `time` tracks: its content never changes without its time."""
        path = self.tree.at("track/t")
        self.tree.write("track/t", self.tree.text())
        self.moves += 1
        when = 10**18 + self.moves * 10**9
        os.utime(path, ns=(when, when))

    def existing(self):
        path = self.tree.at("track/x")
        if os.path.exists(path) and self.random.random() < 0.5:
            os.unlink(path)
        else:
            self.tree.write("track/x", self.tree.text())

    def executable(self):
        path = self.some_file()
        os.chmod(path, os.stat(path).st_mode ^ 0o111)

    def some_output(self, kinds="fodu"):
        known = [path for path in sorted(self.products(self.tree.root)) if not path.endswith(("/m", "/x.d"))]
        if not known:
            return None
        path = os.path.join(self.tree.root, self.random.choice(known))
        return path if "o" in kinds or not path.endswith("out0") else None

    def lost_manifest(self):
        found = sorted(glob.glob(self.tree.at("out/p/*/**/manifest.json"), recursive=True))
        if found:
            os.unlink(self.random.choice(found))

    def definition(self):
        return self.tree.edit()

    EDITS = [edit for edit in walk.Walk.EDITS if edit is not walk.Walk.definition]
    EDITS += [timed, existing, executable, lost_manifest] + [definition] * 16

    def edit(self, step, number):
        """One edit, whose chances depend on no other."""
        if ("edit", step, number) in self.skip:
            return
        self.random = self.tree.random = random.Random(f"{self.seed}.{step}.{number}")
        edit = self.random.choice(self.EDITS)
        detail = edit(self)
        self.said.append(edit.__name__ + (f": {detail}" if detail else ""))

    # what there is

    def products(self, root):
        """-> {path: content} of all that stages made. The directories of stages go without their numbers."""
        found = {}
        for where in ("out/p", "dist"):
            for top, _, names in os.walk(os.path.join(root, where)):
                below = os.path.relpath(top, root)
                if re.match(r"out/p(/(logs|\.restage|replaced|failed)|$)", below):
                    continue
                for name in names:
                    if name not in OUR_OWN and not re.search(r"/(failed|\.work)(/|$)", below) \
                            and not name.startswith("stage."):
                        path = os.path.join(below, name)
                        found[path] = oracle.content(os.path.join(root, path))
        return found

    def variables(self, **more):
        return {"MIX_PASS": self.tree.passed, **more}

    def look(self, *args, code=(0,)):
        done = oracle.restage(self.tree.root, *args, environment=self.variables())
        if done.returncode not in code:
            raise Wrong(f"{args[0]} fails", f"{args}: exit {done.returncode}: {done.text}")
        return json.loads(done.stdout)

    def looks(self, names, args):
        """All answers, of `run -n` with the arguments of the run that follows."""
        dry = self.look("run", "-n", "--json", *args)
        whys = oracle.restage(self.tree.root, "why", "--json", *names, environment=self.variables(), check=0)
        decoder, text, found = json.JSONDecoder(), whys.stdout.decode().strip(), {}
        while text:
            value, end = decoder.raw_decode(text)
            found[value["stage"]] = value
            text = text[end:].strip()
        status = self.look("status", "--json")
        for stage in status["stages"]:
            stage.pop("warnings")
        graph = self.look("graph", "--json")
        verify = self.look("verify", "--json", code=(0, 4))
        verify.pop("seconds")
        return {"run -n": dry, "plan": self.look("run", "-n", "--json"), "status": status, "why": found,
                "graph": graph, "verify": verify}

    def looks_both_ways(self, names, args):
        """The same with the index and without."""
        with_it = self.looks(names, args)
        index, aside = self.tree.at("out/p/.restage/index"), self.tree.at("aside")
        if not os.path.exists(index):
            return with_it
        os.rename(index, aside)
        try:
            without = self.looks(names, args)
        finally:
            os.rename(aside, index)
        for what, told in with_it.items():
            if told != without[what] and not knows_more(told, without[what]):
                raise Wrong(f"{what} by the index", f"with it {told}\nwithout {without[what]}")
        return with_it

    # what answers must be

    def compare_looks(self, told):
        """status, run -n, why and graph are of one mind."""
        plan = {s["name"]: s for s in told["plan"]["stages"]}
        graph = {s["name"]: s["state"] for s in told["graph"]["stages"]}
        status = {s["name"]: s for s in told["status"]["stages"]}
        found = {name for name, stage in plan.items() if stage["action"] == "restore"}
        for stage in told["status"]["stages"]:
            name, state = stage["name"], stage["state"]
            action = plan[name]["action"] if name in plan else None
            wanted = {"up_to_date": None, "disabled": None, "may_run": "may_run"}.get(state, "run")
            why = told["why"][name]
            # What a cache has is asked by `run -n` alone: then it may be sure that a stage comes out different. And
            # what would be made again for one that is restored need not be, so that nothing comes of it.
            cause = stage
            while cause["state"] == "may_run" and cause["cause"] in status:
                cause = status[cause["cause"]]
            knows_more_of_it = action == "restore" and wanted == "may_run" or (
                action in (None, "may_run") and wanted and self.is_needless(status, found, cause["name"]))
            if not knows_more_of_it and ("run" if action == "restore" else action) != wanted:
                raise Wrong("status and run -n", f"{name} is {state}, and run -n says {action}")
            if action and not knows_more_of_it and codes(stage["reasons"]) != codes(plan[name]["reasons"]):
                raise Wrong("status and run -n", f"{name}: {stage['reasons']}, {plan[name]['reasons']}")
            if why["state"] != state or graph[name] != state:
                raise Wrong("status, why and graph", f"{name}: {state}, {why['state']}, {graph[name]}")
            if action and codes(why["chain"][0]["reasons"]) != codes(stage["reasons"]):
                raise Wrong("status and why", f"{name}: {stage['reasons']}, {why['chain'][0]}")
            if state == "may_run" and not stage["cause"] and not any(
                    r["code"] == "version_changed" or "is asked in a run" in r["message"] for r in stage["reasons"]):
                raise Wrong("may run without a cause", f"{stage}")

    def compare_verify(self, told):
        """verify finds of files just what makes stages run."""
        found = {f["path"] for f in told["verify"]["findings"] if f["kind"] in ("changed", "missing")
                 and f["role"] != "intermediate"}
        reasons = {r["about"] for s in told["status"]["stages"] for r in s["reasons"]
                   if (r["code"] in ("input_changed", "output_changed") or "is missing" in r["message"])
                   # what a stage that is allowed to fail, or skipped, made before counts as absent; what is
                   # temporary may be
                   and not ("is gone" in r["message"] and (os.path.lexists(self.tree.at(r["about"]))
                                                           or self.tree.is_temporary(r["about"])))}
        removed = {r["about"] for s in told["status"]["stages"] for r in s["reasons"]
                   if r["code"] in ("input_removed", "definition_changed") or "is gone" in r["message"]}
        never = any(s["state"] in ("disabled",) or "definition_changed" in str(s["reasons"])
                    for s in told["status"]["stages"])
        if reasons - found and "changed while" not in str(told["status"]):
            raise Wrong("verify misses", f"{sorted(reasons - found)}: {told['verify']['findings']}")
        if found - reasons - removed and not never:
            raise Wrong("verify finds more", f"{sorted(found - reasons)}: {told['status']['stages']}")

    def is_needless(self, plan, restored, name):
        """Is it made again for others alone that were restored, and so did not read it?"""
        readers = [re.search(r"is made again for (\S+)$", r["message"]) for r in plan[name]["reasons"]]
        return bool(readers) and all(
            r and (r[1] in restored or (r[1] in plan and self.is_needless(plan, restored, r[1]))) for r in readers)

    def compare_run(self, told, record, failed):
        """A run did what `run -n` said: `record` has its events."""
        plan = {s["name"]: s for s in told["run -n"]["stages"]}
        may_change = {entry["stage"] for entry in told["run -n"].get("may_change", ())}
        of_files = OF_FILES | ({"input_added", "input_removed", "definition_changed"} if may_change else set())
        started = {e["stage"]: e for e in reversed(record) if e["event"] == "start" and e["attempt"] == 1}
        blocked = {e["stage"] for e in record if e["event"] == "blocked"}
        ended = {e["stage"] for e in record if e["event"] in ("done", "fail", "skip")}
        for name, event in started.items():
            if name not in plan and name.split("/")[0] in may_change:
                continue
            if name not in plan:
                raise Wrong("runs unannounced", f"{name}: {event['reasons']}")
            told_codes, were = set(codes(plan[name]["reasons"])), set(codes(event["reasons"]))
            if self.tree.has_versions(name):  # what they say is asked in the run
                told_codes = {(c, a) for c, a in told_codes if c != "version_changed"}
                were = {(c, a) for c, a in were if c != "version_changed"}
                if plan[name]["action"] == "may_run":  # an attempt of the past is no reason of its own
                    were -= {(c, "") for c in OF_THE_PAST}
                    were = {(c, a) for c, a in were if c != "output_missing"}  # made again for one that may run
            if plan[name]["cause"]:  # files may come out as they were, or otherwise, once that has run
                about = {a for c, a in told_codes | were if c in of_files}
                told_codes = {(c, a) for c, a in told_codes if c not in of_files}
                were = {(c, a) for c, a in were if c not in of_files}
                if not were and not about and not self.tree.has_versions(name):
                    raise Wrong("runs for nothing", f"{name}: {event}")
                told_codes, were = told_codes - {(c, "") for c in OF_THE_PAST}, were - {(c, "") for c in OF_THE_PAST}
                # Made again for one that reads it: or it ran before that was asked for, for what changed.
                again = {a for _, a in codes(r for r in plan[name]["reasons"] if "is made again for" in r["message"])}
                told_codes = {(c, a) for c, a in told_codes if c != "output_missing" or a not in again}
                were = {(c, a) for c, a in were
                        if c != "output_missing" or (plan[name]["action"] == "run" and a not in again)}
            if told_codes != were:
                raise Wrong("other reasons", f"{name}: said {plan[name]['reasons']}, ran for {event['reasons']}")
        restored = {e["stage"] for e in record if e.get("restored_from")}
        for name, stage in plan.items():
            if failed or name.split("/")[0] in may_change or self.is_needless(plan, restored, name):
                continue
            if stage["action"] == "run" and name not in started and name not in blocked | ended:
                raise Wrong("announced and not run", f"{name}: {stage}")
            if stage["action"] == "restore" and name not in restored:
                raise Wrong("announced as restored and " + ("run" if name in started else "left"), f"{name}: {stage}")

    # runs

    def record(self):
        """The events of the last run, if it wrote them."""
        found = sorted(glob.glob(self.tree.at("out/p/logs/*.jsonl")), key=os.path.getmtime)
        if not found:
            return []
        with open(found[-1], encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def names(self):
        return [s["name"] for s in self.look("list", "--json")["stages"]]

    def choose_part(self, names):
        pick = self.random
        what = pick.choice(("stage", "stage", "two", "only", "from", "until", "again", "tag", "again one"))
        one = pick.choice(names)
        return {"stage": [one], "two": [one, pick.choice(names)], "only": ["--only", one], "from": ["--from", one],
                "until": ["--until", one], "again": ["-B"], "tag": [one], "again one": ["-B", one]}[what]

    def run(self, args, mode):
        """-> exit code, what it said, did a stage fail that was told to?"""
        pick, tree = self.random, self.tree
        salt = str(pick.choice(tree.stages).salt)
        variables = self.variables(**{"MIX_FAIL" if mode == "fail" else "MIX_HANG": salt} if mode in (
            "fail", "interrupt", "kill") else {})
        command = [oracle.RESTAGE, "run", "-j", str(pick.randint(1, 4)), *args]
        if mode != "stop":
            command.append("-k")
        with subprocess.Popen(command, cwd=tree.root, env={**oracle.ENVIRONMENT, **variables},
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
            if mode in ("interrupt", "kill"):
                self.wait_for_hang(run)
                run.send_signal(signal.SIGINT if mode == "interrupt" else signal.SIGKILL)
            elif mode == "meanwhile":
                for _ in range(pick.randint(1, 4)):
                    time.sleep(pick.random() * 0.02)
                    self.meanwhile()
            text = run.communicate(timeout=oracle.TIMEOUT)[1].decode(errors="replace")
        if mode == "kill":
            time.sleep(0.02)
        return run.returncode, text

    def wait_for_hang(self, run):
        """Until the stage that hangs has said so, or the run is over."""
        mark = self.tree.at("hangs")
        end = time.monotonic() + oracle.TIMEOUT
        while run.poll() is None and not os.path.exists(mark) and time.monotonic() < end:
            time.sleep(0.005)
        if os.path.exists(mark):
            os.unlink(mark)

    def meanwhile(self):
        for name in ("rewrite", "touch", "rewrite_and_put_time_back"):
            if self.random.random() < 0.5:
                try:
                    getattr(self, name)()
                except OSError:
                    pass

    @staticmethod
    def is_mistake_of_a_list(code, text):
        """Did a stage make a list with which the definition does not go together?"""
        return (code == 2 and "there is no instance" in text) or (code == 1 and re.search(
            r"failed \(.*\): (what it made: |.* has no instance with )", text))

    def step(self, number=0):
        """Raises Wrong."""
        if ("step", number) in self.skip:
            return
        self.said = [f"step {number}"]
        pick = random.Random(f"{self.seed}.{number}")
        for k in range(pick.choice((0, 1, 1, 1, 2, 3))):
            self.edit(number, k)
        self.random = self.tree.random = random.Random(f"{self.seed}.{number}.run")
        pick = self.random
        mode = pick.choice(("plain",) * 8 + ("fail", "fail", "stop", "interrupt", "kill", "meanwhile"))
        names = self.names()
        args = self.choose_part(names) if pick.random() < 0.3 else []
        args = args if all(a in names or a.startswith("-") for a in args) else []
        self.said += [mode, " ".join(args)]
        told = self.looks_both_ways(names, args)
        self.compare_looks(told)
        self.compare_verify(told)
        before = {e["run"] for e in self.record()[:1]}
        code, text = self.run(args, mode)
        record = self.record()
        if {e["run"] for e in record[:1]} == before:
            record = []
        if mode == "meanwhile":
            code, text = self.run([], "plain")
            if self.is_mistake_of_a_list(code, text):
                return
            if code:
                raise Wrong("exit code", f"{code}: {text}")
            self.check_done()
            return
        if mode not in ("interrupt", "kill"):
            is_failed = any(e["event"] == "fail" for e in record)
            self.compare_run(told, record, is_failed)
            if self.is_mistake_of_a_list(code, text) and told["run -n"].get("may_change"):
                return
            if code not in (0, 1) or (code == 1 and not is_failed):
                raise Wrong("exit code", f"{code}: {text}")
            if not args and not is_failed:
                self.check_done()
        elif code == 0 and not args:
            self.check_done()

    # after a run of everything

    def check_done(self):
        names = self.names()  # lists that stages make may have come out otherwise
        self.check_nothing_left(names)
        self.check_manifests(names)
        self.check_rebuild()

    def check_nothing_left(self, names):
        told = self.looks_both_ways(names, [])
        self.compare_looks(told)
        left = [s["name"] for s in told["status"]["stages"] if s["state"] not in ("up_to_date", "disabled", "may_run")]
        if left:
            raise Wrong("not done", f"{left}: {told['status']['stages']}")
        disabled = {s["name"] for s in told["status"]["stages"] if s["state"] == "disabled"}
        found = [f for f in told["verify"]["findings"] if f["kind"] in ("changed", "missing", "unreadable", "invalid")
                 and f["role"] != "intermediate" and (f["stage"] not in disabled or f["role"] == "input")]
        if found:
            raise Wrong("verify after a run", f"{found}")
        done = oracle.restage(self.tree.root, "run", environment=self.variables(), check=0)
        if oracle.executed(done):
            raise Wrong("a second run", done.text)

    def check_manifests(self, names):
        for stage in self.look("status", "--json")["stages"]:
            path = self.tree.at(f"{stage['dir']}/manifest.json")
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file)
            if manifest["status"] not in ("success", "skipped"):
                raise Wrong("a manifest of the past", f"{stage['name']} is {stage['state']}: {manifest['status']}")
            if manifest["stage_dir"] != stage["dir"] or manifest["stage_number"] != stage["number"]:
                raise Wrong("a renumbered manifest", f"{stage['dir']}: {manifest['stage_dir']}")
            if stage["state"] == "disabled":
                continue
            for entry in manifest["inputs"] + manifest["outputs"]:
                if not entry.get("missing") and not os.path.lexists(self.tree.at(entry["path"])) \
                        and not self.tree.is_temporary(entry["path"]):
                    raise Wrong("a dead path", f"{path}: {entry}")
        with open(self.tree.at("out/p/graph.dot"), encoding="utf-8") as file:
            nodes = set(re.findall(r'^\t+"([^"]+)" \[label=', file.read(), re.M))
        stages = {s.name for s in self.tree.present()}
        empty = {s.name for s in self.tree.present() if s.listed}
        if {node.split("/")[0] for node in nodes} | empty != stages:
            raise Wrong("graph.dot of the past", f"{sorted(nodes)}, stages {sorted(stages)}")

    def check_rebuild(self):
        clean = os.path.join(self.top, "clean")
        shutil.copytree(self.tree.root, clean, symlinks=True,
                        ignore=lambda top, names: [n for n in names if top == self.tree.root and n in ("out", "dist")])
        done = oracle.restage(clean, "--no-cache", "run", "-j", "2", environment=self.variables())
        if done.returncode:
            raise Wrong("a rebuild fails", done.text)
        made, wanted = self.products(self.tree.root), self.products(clean)
        oracle.remove(clean)
        for path, data in wanted.items():
            # what went while somebody read it is not made again when nobody does any more
            if made.get(path) != data and not (path not in made and self.tree.is_temporary(path)):
                raise Wrong("stale", f"{path} is {made.get(path)}, a rebuild has {data}")


def wrong_of(seed, skip, steps):
    """-> None or the failure of this walk, the walk"""
    here = Agree(seed, skip)
    try:
        for number in range(steps):
            here.step(number)
    except Wrong as wrong:
        return wrong, here, number
    except Exception as error:  # pylint: disable=broad-except
        return Wrong(f"{type(error).__name__}", f"{error!r}"), here, number
    return None, here, steps


def shrink(seed, kind, steps):
    """-> what can be left out of the walk that fails so."""
    end = time.monotonic() + SHRINK_SECONDS
    skip = set()
    probe = Agree(seed)
    ids = range(probe.tree.next_id + steps)
    oracle.remove(probe.top)
    atoms = [("step", n) for n in range(steps - 1)] + [("stage", i) for i in ids]
    atoms += [("edit", n, k) for n in range(steps) for k in range(3)]
    names = [*everything.LINES, *(f"input.i{k}" for k in range(4)), "script", "depfile", "report", "side",
             "intermediate", "temporary", "after", "number", "include", "listed"]
    atoms += [("feature", i, name) for i in ids for name in names]
    size = max(1, len(atoms) // 4)
    while size and time.monotonic() < end:
        left = [a for a in atoms if a not in skip]
        for at in range(0, len(left), size):
            if time.monotonic() >= end:
                break
            tried = skip | set(left[at:at + size])
            wrong, there, _ = wrong_of(seed, frozenset(tried), steps)
            oracle.remove(there.top)
            if wrong and wrong.kind == kind:
                skip = tried
        size //= 2
    return skip


def tell(seed, wrong, steps):
    skip = shrink(seed, wrong.kind, steps + 1)
    script = []
    here = Agree(seed, frozenset(skip))
    try:
        for number in range(steps + 1):
            with open(here.tree.at("pipeline.ini"), encoding="utf-8") as file:
                before = file.read()
            here.step(number)
            script += [here.said] * (("step", number) not in skip)
    except Wrong as again:
        wrong = again
    with open(here.tree.at("pipeline.ini"), encoding="utf-8") as file:
        after = file.read()
    oracle.fail(f"seed {seed}: {wrong}\nin {here.tree.root}, after")
    for said in [*script, here.said]:
        oracle.fail(f"  {said}")
    oracle.fail(f"{before}--- and then\n{after}" if before != after else after)


def main(steps, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    done = failures = number = 0
    while failures < 5 and done < steps and not box.is_over():
        here = Agree(f"{seed}.{number}")
        for step in range(STEPS_A_TREE):
            try:
                here.step(step)
            except Wrong as wrong:
                failures += 1
                tell(here.seed, wrong, step)
            else:
                done += 1
                if box.left() > 0 and done < steps:
                    continue
            break
        oracle.remove(here.top)
        number += 1
    note = f"{done} steps on {number} random pipelines"
    if everything.WAITING:
        note += ", without " + ", ".join(sorted(everything.WAITING))
    code = result.report(done, failures, note, promise=25)
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))

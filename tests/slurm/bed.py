#!/usr/bin/env python3
"""A real Slurm of one node for tests: slurmctld, slurmd and munged, on loopback ports of its own, as the user who
calls it. Needs no systemd, no cgroups and no root.

bed.py [--set KEY=VALUE ...] run COMMAND ...     there is one while the command runs; its exit code
bed.py [--set KEY=VALUE ...] start LINK          until `stop`, or until the process that called this has ended
bed.py stop LINK

--set changes a line of slurm.conf. LINK becomes a link to the directory of the Slurm, which a command that is run
finds as SLURM_BED. There are slurm.conf (SLURM_CONF names it), slurmctld.pid, slurmd.pid, and their logs.

Nothing outlives a Slurm, however it or its caller ends: its daemons and all that they started are below one keeper
process, which watches the caller and in the end kills what is left. USR1 to the keeper (keeper.pid) starts slurmctld
again, USR2 slurmd, for tests that end them.
"""
import argparse
import contextlib
import ctypes
import os
import pathlib
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
READY_SECONDS = 60
PR_SET_CHILD_SUBREAPER = 36
os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def configure(directory, changes):
    text = (HERE / "slurm.conf.in").read_text("utf-8")
    controller, node = free_ports(2)
    for name, value in {"DIR": directory, "HOST": host(), "USER": pwd.getpwuid(os.getuid()).pw_name,
                        "CONTROLLER_PORT": controller, "NODE_PORT": node}.items():
        text = text.replace(f"@{name}@", str(value))
    lines = text.splitlines()
    for change in changes:
        key = change.split("=")[0]
        lines = [line for line in lines if not line.startswith(key + "=")] + [change]
    (directory / "slurm.conf").write_text("\n".join(lines) + "\n", "utf-8")
    (directory / "gres.conf").write_text("Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n", "utf-8")


def host():
    return socket.gethostname().split(".")[0]


def daemons(directory):
    """Each goes into the background by itself."""
    config, munge = directory / "slurm.conf", directory / "munge"
    return {"munged": ["munged", "--force", "--num-threads=2", f"--key-file={munge}/key",
                       f"--socket={directory}/munge.sock", f"--pid-file={munge}/munged.pid",
                       f"--log-file={munge}/munged.log", f"--seed-file={munge}/seed"],
            "slurmctld": ["slurmctld", "-f", config],
            "slurmd": ["slurmd", "-f", config, "-N", host()]}


def start_daemon(directory, name):
    subprocess.run(daemons(directory)[name], check=True, stdin=subprocess.DEVNULL)


def start_daemons(directory):
    for name in ("state", "spool", "munge"):
        (directory / name).mkdir(mode=0o700)
    key = directory / "munge" / "key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    for name in daemons(directory):
        start_daemon(directory, name)


def wait_until_ready(directory):
    env = dict(os.environ, SLURM_CONF=str(directory / "slurm.conf"))
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(subprocess.TimeoutExpired):
            state = subprocess.run(["sinfo", "-h", "-o", "%T"], env=env, capture_output=True, text=True, timeout=5,
                                   check=False)
            if state.stdout.split()[:1] == ["idle"]:
                return
        time.sleep(0.05)
    raise SystemExit(f"the node is not idle: see {directory}/*.log")


def descendants(pid):
    parents = {}
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            stat = pathlib.Path(f"/proc/{int(entry)}/stat").read_text(errors="replace")
            parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill_descendants():
    while True:
        reap()
        left = descendants(os.getpid())
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def keep(directory, caller, changes, ready):
    """The keeper: until TERM comes or the caller has ended. Daemons that leave their parents come to it."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    try:
        watched = os.pidfd_open(caller)
        (directory / "keeper.pid").write_text(f"{os.getpid()}\n")
        configure(directory, changes)
        start_daemons(directory)
        wait_until_ready(directory)
        os.write(ready, b"y")
        os.close(ready)
        while True:
            readable = select.select([wake, watched], [], [], 1)[0]
            reap()
            told = os.read(wake, 1) if wake in readable else b""
            if watched in readable or told == bytes([signal.SIGTERM]):
                return
            if told:
                start_daemon(directory, "slurmctld" if told == bytes([signal.SIGUSR1]) else "slurmd")
    finally:
        kill_descendants()
        shutil.rmtree(directory, ignore_errors=True)


def start(caller, changes):
    """-> the directory of a Slurm that is ready"""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="restage-slurm."))
    directory.chmod(0o755)  # munged wants its socket where everybody may look
    told, ready = os.pipe()
    if os.fork() == 0:
        os.close(told)
        os.setsid()
        code = 1
        try:
            with open(os.devnull, "r+b") as null, open(f"{directory}.log", "wb") as log:
                for number, file in enumerate((null, log, log)):
                    os.dup2(file.fileno(), number)
            keep(directory, caller, changes, ready)
            code = 0
            os.unlink(f"{directory}.log")
        finally:
            os._exit(code)
    os.close(ready)
    if os.read(told, 1) != b"y":
        with open(f"{directory}.log", encoding="utf-8", errors="replace") as log:
            raise SystemExit(f"no Slurm could be started:\n{log.read()}")
    return directory


def stop(directory):
    try:
        pid = int((directory / "keeper.pid").read_text())
        ended = os.pidfd_open(pid)
        os.kill(pid, signal.SIGTERM)
        select.select([ended], [], [])
    except (FileNotFoundError, ProcessLookupError):
        pass


def run(command, changes):
    directory = start(os.getpid(), changes)
    env = dict(os.environ, SLURM_BED=str(directory), SLURM_CONF=str(directory / "slurm.conf"))
    try:
        return subprocess.run(command, env=env, check=False).returncode
    finally:
        stop(directory)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("action", choices=("run", "start", "stop"))
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if args.action == "run":
        code = run(args.rest, args.set)
        return 128 - code if code < 0 else code
    link = pathlib.Path(args.rest[0])
    if link.is_symlink():  # of before, perhaps of a caller that was killed
        stop(link.resolve())
        link.unlink()
    if args.action == "start":
        link.symlink_to(start(os.getppid(), args.set))
    return 0


if __name__ == "__main__":
    sys.exit(main())

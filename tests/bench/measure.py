"""Runs a command: how long it takes, how it ends, how much memory it needs at most."""
import collections
import ctypes
import os
import signal
import threading
import time

PR_SET_CHILD_SUBREAPER = 36

# The kernel counts the size of whoever spawned a process as the process's own peak, and Python is larger
# than many a tool. So a small shell forks a small child, names it and goes away; the child waits until
# descriptor 4 is closed, which is when the clock starts, and becomes the command.
LAUNCHER = '(read _ <&4; exec "$@" 3>&- 4<&-) & echo $! >&3'

# user, system: seconds of processor of the command and of all that it waited for; rss in bytes
Result = collections.namedtuple("Result", "seconds code user system rss")


def environment():
    """Few variables, and none by which a make above us would reach the make below."""
    keep = ("PATH", "HOME", "TMPDIR")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in keep if name in os.environ}}


class Runner:
    """patience: after so many seconds a command is ended; None: never. Output goes to the file log."""

    def __init__(self, log, patience=None):
        self.log = os.path.abspath(log)
        self.patience = patience
        # so that a child whose parent has gone away becomes ours
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def run(self, argv, tree):
        os.chdir(tree)
        pid, gate = self.launch(argv)
        timer = None
        if self.patience:
            timer = threading.Timer(self.patience, kill_group, [pid])
            timer.daemon = True  # an interrupt need not wait for it
            timer.start()
        start = time.perf_counter()
        os.close(gate)
        try:
            _, status, usage = os.wait4(pid, 0)
        except BaseException:  # an interrupt must not leave the command running
            kill_group(pid)
            raise
        seconds = time.perf_counter() - start
        if timer:
            timer.cancel()
        return Result(seconds, os.waitstatus_to_exitcode(status), usage.ru_utime, usage.ru_stime,
                      usage.ru_maxrss * 1024)

    def launch(self, argv):
        """The process that will be the command, in a group of its own, and what holds it back."""
        answer, question = os.pipe()
        gate_out, gate_in = os.pipe()
        # out of the way of the numbers that the launcher uses
        files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 1, self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
                 (os.POSIX_SPAWN_DUP2, 1, 2),
                 (os.POSIX_SPAWN_DUP2, question, 13), (os.POSIX_SPAWN_DUP2, gate_out, 14),
                 (os.POSIX_SPAWN_DUP2, 13, 3), (os.POSIX_SPAWN_DUP2, 14, 4),
                 (os.POSIX_SPAWN_CLOSE, 13), (os.POSIX_SPAWN_CLOSE, 14)]
        launcher = os.posix_spawn("/bin/sh", ["sh", "-c", LAUNCHER, "sh", *argv], environment(),
                                  file_actions=files, setpgroup=0)
        os.close(question)
        os.close(gate_out)
        with os.fdopen(answer) as pipe:
            pid = int(pipe.readline())
        os.waitpid(launcher, 0)
        return pid, gate_in

    def is_over(self, result):
        return self.patience is not None and result.seconds >= self.patience

    def last_lines(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(collections.deque(file, 5)).strip()


def kill_group(pid):
    """What pid has started and left in its group."""
    try:
        group = os.getpgid(pid)
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.killpg(group, number)
            time.sleep(3)
    except ProcessLookupError:
        return

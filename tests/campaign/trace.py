"""A run as strace sees it: every call of every process, in order, with its strings and descriptors' paths.

A call is done at one instant between its begin and its end; both are numbered. A path that starts at one of
the process's own descriptors, /proc/self/fd/N, is followed to where that one's directory lies at that time.
"""
import os
import re

import common

STRING = r'"((?:\\x[0-9a-f]{2})*)"'
DESCRIPTORS = ("dup", "dup2", "dup3", "fcntl", "close")
FILES = ("trace=openat,openat2,open,creat,write,pwrite64,writev,pwritev,ftruncate,truncate,rename,renameat,renameat2,"
         "unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,copy_file_range,sendfile,splice,"
         "execve,fsync,fdatasync,syncfs,sync," + ",".join(DESCRIPTORS))
AT = re.compile(rb"/proc/self/fd/(\d+)(?:/|$)")


class Call:
    def __init__(self, pid, name, begin, end, text, result):
        self.pid, self.name, self.begin, self.end = pid, name, begin, end
        self.text, self.result = text, result
        self.strings = [decode(match) for match in re.findall(STRING, text)]
        self.fds = [decode(match) for match in re.findall(r"(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>", text)]
        self.held = {}  # by number: the paths of the process's descriptors that its strings name

    def paths(self, root):
        """The paths that it names, relative to the root where they lie below it."""
        bases = [base for base in self.fds if self.name.endswith(("at", "at2"))]
        found = []
        for number, path in enumerate(self.strings[:2] if self.name.startswith("rename") else self.strings[:1]):
            base = bases[min(number, len(bases) - 1)] if bases else os.fsencode(root)
            found.append(relative(os.path.join(base, self._follow(path)), root))
        return found

    def _follow(self, path):
        at = AT.match(path)
        return os.path.join(self.held[int(at[1])], path[at.end():]) if at else path

    def __repr__(self):
        return f"{self.pid} {self.name} {self.strings[:2]} = {self.result}"


def decode(text):
    return bytes.fromhex(text.replace("\\x", ""))


def relative(path, root):
    path = os.path.normpath(os.fsdecode(path))
    return os.path.relpath(path, root) if path.startswith(root + "/") else path


class Descriptors:
    """What is open in each process, as far as it was opened or duplicated before our eyes."""

    def __init__(self, root):
        self.root, self.paths = os.fsencode(root), {}

    def take(self, call):
        """Notes what a call names by its descriptors, then what it changes of them."""
        for string in call.strings[:2]:
            at = AT.match(string)
            if at and call.name not in ("write", "pwrite64", "execve"):
                if (call.pid, int(at[1])) not in self.paths:
                    raise ValueError(f"cannot be followed: {call}")
                call.held[int(at[1])] = self.paths[call.pid, int(at[1])]
        result = re.search(r"= (\d+)<((?:\\x[0-9a-f]{2})*)>$", call.text)
        if call.name == "execve":
            self.paths = {key: path for key, path in self.paths.items() if key[0] != call.pid}
        elif call.name == "close":
            self.paths.pop((call.pid, int(re.search(r"\d+", call.text)[0])), None)
        elif result:
            self.paths[call.pid, int(result[1])] = decode(result[2])
        elif call.name.startswith("rename"):
            self._move(*(os.path.join(self.root, os.fsencode(path)) for path in call.paths(os.fsdecode(self.root))),
                       "RENAME_EXCHANGE" in call.text)

    def _move(self, path, to, is_exchange):
        for key, old in self.paths.items():
            if (old + b"/").startswith(path + b"/"):
                self.paths[key] = to + old[len(path):]
            elif is_exchange and (old + b"/").startswith(to + b"/"):
                self.paths[key] = path + old[len(to):]


def parse(text, root):
    """-> [Call] by their ends, without those that failed or did not come back"""
    calls, open_calls, descriptors = [], {}, Descriptors(root)
    for number, line in enumerate(text.splitlines()):
        pid, _, rest = line.partition(" ")
        rest = rest.strip()
        begin = number
        if rest.endswith("<unfinished ...>"):
            open_calls[pid] = number, rest[:-len("<unfinished ...>")]
            continue
        match = re.match(r"<\.\.\. \w+ resumed>", rest)
        if match:
            begin, head = open_calls.pop(pid, (number, ""))
            rest = head + rest[match.end():]
        match = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", rest, re.S)
        if match and int(match[3]) >= 0:
            call = Call(pid, match[1], begin, number, rest, int(match[3]))
            descriptors.take(call)
            if call.name not in DESCRIPTORS:
                calls.append(call)
    return calls


def record(root, *args, env=None):
    """Runs restage. -> how it ended, [Call]"""
    log = root + ".trace"
    ended = common.execute(["strace", "-f", "-y", "-xx", "-s", "4000000", "-o", log, "-e", FILES,
                            common.RESTAGE, *args], root, env=env)
    with open(log, encoding="ascii", errors="replace") as file:
        calls = parse(file.read(), root)
    os.unlink(log)
    return ended, calls

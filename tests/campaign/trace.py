"""A run as strace sees it: every call of every process, in order, with its strings and descriptors' paths.

A call is done at one instant between its begin and its end; both are numbered.
"""
import os
import re

import common

STRING = r'"((?:\\x[0-9a-f]{2})*)"'
FILES = ("trace=openat,open,creat,write,pwrite64,writev,pwritev,ftruncate,truncate,rename,renameat,renameat2,"
         "unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,copy_file_range,sendfile,splice,"
         "execve,fsync,fdatasync,syncfs,sync")


class Call:
    def __init__(self, pid, name, begin, end, text, result):
        self.pid, self.name, self.begin, self.end = pid, name, begin, end
        self.text, self.result = text, result
        self.strings = [decode(match) for match in re.findall(STRING, text)]
        self.fds = [decode(match) for match in re.findall(r"(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>", text)]

    def paths(self, root):
        """The paths that it names, relative to the root where they lie below it."""
        bases = [base for base in self.fds if self.name.endswith("at") or self.name == "renameat2"]
        found = []
        for number, path in enumerate(self.strings[:2] if self.name.startswith("rename") else self.strings[:1]):
            base = bases[min(number, len(bases) - 1)] if bases else os.fsencode(root)
            found.append(relative(os.path.join(base, path), root))
        return found

    def __repr__(self):
        return f"{self.pid} {self.name} {self.strings[:2]} = {self.result}"


def decode(text):
    return bytes.fromhex(text.replace("\\x", ""))


def relative(path, root):
    path = os.path.normpath(os.fsdecode(path))
    return os.path.relpath(path, root) if path.startswith(root + "/") else path


def parse(text):
    """-> [Call] by their ends, without those that failed or did not come back"""
    calls, open_calls = [], {}
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
            calls.append(Call(pid, match[1], begin, number, rest, int(match[3])))
    return calls


def record(root, *args, env=None):
    """Runs restage. -> how it ended, [Call]"""
    log = root + ".trace"
    ended = common.execute(["strace", "-f", "-y", "-xx", "-s", "4000000", "-o", log, "-e", FILES,
                            common.RESTAGE, *args], root, env=env)
    with open(log, encoding="ascii", errors="replace") as file:
        calls = parse(file.read())
    os.unlink(log)
    return ended, calls

"""A disk that loses power: the changes that a run made, as a list of operations, and what of them may be
there after the power went.

The model is meaner than file systems are. Nothing is synced by restage, so nothing is sure. Operations on
names (mkdir, create, rename, unlink, rmdir) are kept up to a point for all, up to a point for each
directory, or any of them is lost; one whose ground is missing is lost with it. A file whose name is there
has its content, or none, or zeros, or its beginning and zeros, or what it held before the run.
"""
import os

import common
import trace

DIR = "dir"


class Tree:
    """Names -> DIR or number of a file; numbers -> contents."""

    def __init__(self):
        self.names, self.files, self.count = {"out": DIR}, {}, 0

    def copy(self):
        other = Tree()
        other.names, other.files, other.count = dict(self.names), dict(self.files), self.count
        return other

    def below(self, path):
        return [name for name in self.names if name.startswith(path + "/")]

    def apply(self, op):
        """-> could it be done?"""
        kind, path = op[0], op[1]
        if kind in ("truncate", "write"):
            old = self.files[path]
            offset = len(old) if kind == "truncate" or op[2] is None else op[2]
            self.files[path] = (old[:op[2]] if kind == "truncate"
                                else old[:offset].ljust(offset, b"\0") + op[3] + old[offset + len(op[3]):])
            return True
        if self.names.get(os.path.dirname(path)) != DIR:
            return False
        if kind in ("mkdir", "create"):
            if path in self.names:
                return False
            self.names[path] = DIR if kind == "mkdir" else op[2]
            return True
        if path not in self.names:
            return False
        if kind in ("unlink", "rmdir"):
            if self.below(path):
                return False
            del self.names[path]
            return True
        return self._rename(kind, path, op[2])

    def _rename(self, kind, path, to):
        if self.names.get(os.path.dirname(to)) != DIR:
            return False
        if kind == "rename" and (self.below(to) or (self.names.get(to) == DIR) != (self.names[path] == DIR)
                                 and to in self.names):
            return False
        if kind == "exchange" and to not in self.names:
            return False
        moved = {name: self.names.pop(name) for name in [path, *self.below(path)]}
        other = {name: self.names.pop(name) for name in [to, *self.below(to)] if name in self.names}
        self.names.update({to + name[len(path):]: what for name, what in moved.items()})
        if kind == "exchange":
            self.names.update({path + name[len(to):]: what for name, what in other.items()})
        return True

    @staticmethod
    def read(root):
        """The job as it is on the real disk."""
        tree = Tree()
        for base, dirs, files in os.walk(os.path.join(root, "out")):
            for name in dirs:
                tree.names[os.path.relpath(os.path.join(base, name), root)] = DIR
            for name in files:
                path = os.path.join(base, name)
                tree.names[os.path.relpath(path, root)] = tree.count
                tree.files[tree.count] = common.read_tree(path)
                tree.count += 1
        return tree

    def write(self, root, times):
        """Makes it the job on the real disk; times: number of a file -> mtime in ns."""
        common.remove(os.path.join(root, "out"))
        for path, what in sorted(self.names.items()):
            full = os.path.join(root, path)
            if what == DIR:
                os.mkdir(full)
                continue
            with open(full, "wb") as file:
                file.write(self.files[what])
            if what in times:
                os.utime(full, ns=(times[what], times[what]))

    def contents(self):
        return {path: what if what == DIR else self.files[what] for path, what in self.names.items()}


def operations(calls, before, root):
    """What the calls did to the job. -> ([operation], the tree after all of them)"""
    tree, ops, positions = before.copy(), [], {}

    def add(*op):
        if not tree.apply(op):
            raise ValueError(f"cannot be followed: {op}")
        ops.append(op)

    for call in calls:
        name, paths = call.name, call.paths(root)
        at = relative_fd(call, root)
        if name in ("open", "openat", "openat2", "creat") and paths[0].startswith("out/"):
            flags = call.text.rsplit(" = ", 1)[0]
            if "O_CREAT" in flags and paths[0] not in tree.names:
                tree.files[tree.count] = b""
                add("create", paths[0], tree.count)
                tree.count += 1
            elif "O_TRUNC" in flags:
                add("truncate", tree.names[paths[0]], 0)
        elif name in ("write", "pwrite64") and at in tree.names:
            offset = int(call.text.rsplit(")", 1)[0].rsplit(", ", 1)[1]) if name == "pwrite64" else None
            add("write", tree.names[at], offset, call.strings[0][:call.result])
        elif name == "ftruncate" and at in tree.names:
            add("truncate", tree.names[at], int(call.text.rsplit(")", 1)[0].rsplit(", ", 1)[1]))
        elif name.startswith("rename") and paths[0].startswith("out/"):
            add("exchange" if "RENAME_EXCHANGE" in call.text else "rename", *paths)
        elif name in ("mkdir", "mkdirat") and paths[0].startswith("out/"):
            add("mkdir", paths[0])
        elif name in ("unlink", "unlinkat") and paths[0].startswith("out/"):
            add("rmdir" if "AT_REMOVEDIR" in call.text else "unlink", paths[0])
        elif name == "rmdir" and paths[0].startswith("out/"):
            add("rmdir", paths[0])
        elif name == "copy_file_range" and call.fds[1:] and trace.relative(call.fds[1], root) in tree.names:
            position = positions.get((call.pid, at), 0)
            positions[call.pid, at] = position + call.result
            content = tree.files[tree.names[at]] if at in tree.names else common.read_tree(
                os.path.join(root, at))
            add("write", tree.names[trace.relative(call.fds[1], root)], None,
                content[position:position + call.result])
        elif name not in ("write", "pwrite64", "ftruncate", "execve", "open", "openat", "openat2", "mkdir",
                          "unlink"):
            if any(os.fsdecode(fd).startswith(root + "/out/") for fd in call.fds):
                raise ValueError(f"cannot be followed: {call}")
    return ops, tree


def relative_fd(call, root):
    return trace.relative(call.fds[0], root) if call.fds else None


def directories(op):
    """The directories that an operation changes."""
    if op[0] in ("rename", "exchange"):
        return [os.path.dirname(op[1]), os.path.dirname(op[2])]
    return [os.path.dirname(op[1])]


def lose(ops, before, chooser):
    """What may be there after the power went. -> (how, tree)"""
    tree = before.copy()
    how = chooser.choice(["all", "all", "ordered", "by directory", "any"])
    issued = len(ops) if how == "all" or chooser.random() < 0.5 else chooser.randint(0, len(ops))
    kept_to = issued if how == "all" else chooser.randint(0, issued)
    by_dir, p_lost = {}, chooser.choice([0.02, 0.1, 0.3])
    full = dict(tree.files)
    for number, op in enumerate(ops[:issued]):
        if op[0] == "create":
            full[op[2]] = tree.files[op[2]] = b""
        if op[0] in ("write", "truncate"):
            scratch = Tree()
            scratch.files = full
            scratch.apply(op)
            continue
        if how == "ordered" and number >= kept_to:
            continue
        if how == "by directory" and any(
                number >= by_dir.setdefault(path, chooser.randint(0, issued)) for path in directories(op)):
            continue
        if how == "any" and chooser.random() < p_lost:
            continue
        tree.apply(op)
    p_whole = chooser.choice([0, 0.5, 0.9, 1])
    for number, content in sorted(full.items()):
        old = before.files.get(number)
        if content == old or chooser.random() < p_whole:
            tree.files[number] = content
        else:
            tree.files[number] = damage(content, old, chooser)
    return f"{how}, {issued} of {len(ops)} operations, {p_whole} of the contents", tree


def damage(content, old, chooser):
    kind = chooser.choice(["none", "zeros", "zeros", "torn", "short", "old"])
    cut = chooser.randint(0, len(content))
    if kind == "none":
        return b""
    if kind == "short":
        return content[:cut]
    if kind == "old" and old is not None:
        return old
    return content[:cut if kind == "torn" else 0].ljust(len(content), b"\0")

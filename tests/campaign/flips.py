#!/usr/bin/env python3
"""Promise 10: outputs that are damaged later are found: by any run where stat shows it, else by verify.

One byte of an output is changed, or one is appended or cut off, or the file is emptied or removed, and its
time of modification is put back. `verify` must exit with 4 and name the file; then a run must find it too,
since the time of change shows it, and make it anew. In half of the cases a preloaded shim hides the time of
change: then only verify need find a damage that keeps the size.

    flips.py [--cases N] [--seconds S] [--seed N]
"""
import os
import sys

import common
import result


def files_of(root, pipeline):
    """Every file that is an output or lies in one, relative to the root."""
    found = []
    for path in pipeline.outputs():
        full = os.path.join(root, path)
        if os.path.isdir(full):
            found += [os.path.join(path, name) for name in sorted(os.listdir(full))]
        else:
            found.append(path)
    return found


def damage(path, chooser):
    """-> how"""
    st = os.stat(path)
    with open(path, "rb") as file:
        content = bytearray(file.read())
    kind = chooser.choice(["flip", "flip", "flip", "append", "cut", "empty", "remove"])
    if kind == "flip":
        content[chooser.randrange(len(content))] ^= 1 << chooser.randrange(8)
    elif kind == "append":
        content += b"x"
    elif kind == "cut":
        content = content[:-1]
    elif kind == "empty":
        content = b""
    if kind == "remove":
        os.unlink(path)
        return kind
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
    return kind


def main():
    box = common.Box(__doc__, 150)
    hidden, seen = 0, 0
    with common.Scratch() as scratch:
        jobs = []
        for pipeline in (common.CHAIN, common.DIAMOND, common.WIDE):
            for env in (None, {"LD_PRELOAD": os.environ["SHIM_BOOT"], "BOOT_FLAT": "1"}):
                root = os.path.join(scratch, f"{pipeline.name}-{bool(env)}")
                pipeline.write(root)
                common.set_source(root, "B")
                box.add(f"{pipeline.name}, undamaged",
                        common.check_done(root, pipeline, "B", pipeline.expect("B"), env=env))
                jobs.append((root, pipeline, env))
        while not box.is_over():
            root, pipeline, env = box.random.choice(jobs)
            path = box.random.choice(files_of(root, pipeline))
            how = damage(os.path.join(root, path), box.random)
            ended = common.restage(root, "verify", env=env)
            names = [path, os.path.dirname(path)] if "/parts/" in path else [path]
            wrong = [] if ended.code == 4 and any(name in ended.out for name in names) else [repr(ended)]
            if env and how == "flip":
                # Nothing shows it but the content; without the shim the inode's own time of change does.
                hidden += 1
            else:
                seen += 1
                ended = common.restage(root, "status", "-q", env=env)
                wrong += [] if ended.code == 1 else [f"status: {ended}"]
            wrong += common.check_done(root, pipeline, "B", pipeline.expect("B"),
                                       env=None if env and how == "flip" else env)
            after = common.restage(root, "verify", env=env)
            wrong += [] if after.code == 0 else [f"verify after it: {after}"]
            box.add(f"{pipeline.name}, {path}: {how}", wrong)
    sys.exit(result.report(box.cases, len(box.failures),
                           f"{seen} shown by stat, {hidden} by nothing but content"))


if __name__ == "__main__":
    main()

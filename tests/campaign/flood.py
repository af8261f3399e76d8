#!/usr/bin/env python3
"""Logs lose nothing (promise 15): stages that print much, in long lines, any bytes, in parallel.

    flood.py MEGABYTES LINE-MEGABYTES SECONDS [SEED]    the time is checked between the parts
    flood.py --print MEGABYTES KIND SEED                what the stages do

What arrived in stage.log, without the prefix of each line, must be what was printed, byte for byte, and the runner
may not need more than 64 MiB. Several stages print at once: no line of one may be in the log of another.
"""
import os
import random
import re
import subprocess
import sys
import zlib

import oracle
import result
import timebox

MEMORY_MAX = 64 << 10  # KiB
PREFIX = re.compile(rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[[^\]]*\] \[[A-Z]+\] ?")


# Neither ends of lines, nor carriage returns: what stands before one of those is replaced by what comes next.
PLAIN = bytes.maketrans(b"\n\r", b"\0\0")


def pieces(megabytes, kind, seed):
    """What a stage prints: text lines, bytes of every kind, or one long line."""
    pick = random.Random(seed)
    if kind == "line":
        block = bytes(pick.choices(b"abcdefghijklmnopqrstuvwxyz ", k=1 << 16))
        for _ in range(megabytes * 16):
            yield block
        yield b"\n"
        return
    if kind == "bytes":
        blocks = [pick.randbytes(1 << 16).translate(PLAIN) for _ in range(8)]
        blocks = [b"".join(block[i:i + 4000] + b"\n" for i in range(0, len(block), 4000)) for block in blocks]
    else:
        blocks = [b"".join(b"%s %08x %s\n" % (seed.encode(), pick.getrandbits(32), b"x" * pick.randrange(300))
                           for _ in range(400)) for _ in range(8)]
    left = megabytes << 20
    number = 0
    while left > 0:
        block = b"%d\n" % number + blocks[number % 8]
        number += 1
        left -= len(block)
        yield block


def print_pieces(megabytes, kind, seed):
    with open(1, "wb", buffering=0, closefd=False) as out:
        for piece in pieces(megabytes, kind, seed):
            view = memoryview(piece)
            while view:
                view = view[out.write(view):]


def sum_of(chunks):
    crc = size = 0
    for chunk in chunks:
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    return crc, size


def without_prefixes(path, name):
    """The bytes of a log as the stage printed them: every line must have its prefix, and none of another stage."""
    with open(path, "rb") as file:
        rest, is_inside = b"", False
        while True:
            chunk = file.read(1 << 20)
            out = []
            for line in re.findall(rb"[^\n]*\n|[^\n]+$", rest + chunk):
                # A prefix may be cut by the end of what was read.
                if not is_inside and not line.endswith(b"\n") and len(line) < 200 and chunk:
                    rest = line
                    break
                rest = b""
                if not is_inside:
                    match = PREFIX.match(line)
                    if not match or b"[" + name + b"]" not in match[0]:
                        raise AssertionError(f"{path}: a line without its prefix: {line[:100]!r}")
                    line = line[match.end():]
                is_inside = not line.endswith(b"\n")
                out.append(line)
            yield b"".join(out)
            if not chunk:
                return


def body(path, name):
    """Only what was printed: it stands between marks that the command prints."""
    seen, is_open = b"", False
    for text in without_prefixes(path, name):
        if not is_open:
            seen += text
            at = seen.find(b"==begin==\n")
            if at < 0:
                continue
            is_open, text, seen = True, seen[at + 10:], b""
        text = seen + text
        at = text.find(b"==end==\n")
        if at >= 0:
            yield text[:at]
            return
        seen = text[-16:]
        yield text[:-16]
    raise AssertionError(f"{path}: the end is missing")


def try_flood(parts):
    """parts: (megabytes, kind, seed) of stages that print at once. -> what is wrong"""
    root = oracle.fresh_directory("flood")
    lines = []
    for number, (megabytes, kind, seed) in enumerate(parts):
        lines += [f"[stage:s{number}]", "track_command = no",
                  f"command = echo ==begin==; '{sys.executable}' '{os.path.abspath(__file__)}' --print {megabytes} "
                  f"{kind} {seed}; echo ==end=="]
    with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with open(os.path.join(root, "stderr"), "wb") as err:
        run = subprocess.Popen([oracle.RESTAGE, "run", "-j", str(len(parts))], cwd=root, stdin=subprocess.DEVNULL,
                               env=oracle.ENVIRONMENT, stdout=err, stderr=err)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    wrong = []
    if run.returncode != 0:
        wrong.append(f"exit code {run.returncode}: {oracle.content(os.path.join(root, 'stderr'))[-500:]!r}")
    if usage.ru_maxrss > MEMORY_MAX:
        wrong.append(f"{usage.ru_maxrss} KiB of memory")
    for number, part in enumerate(parts):
        path = os.path.join(root, f"out/pipeline/{number + 1:02d}_s{number}/stage.log")
        try:
            there = sum_of(body(path, b"s%d" % number))
        except (AssertionError, OSError) as error:
            wrong.append(str(error))
            continue
        printed = sum_of(pieces(*part))
        if there != printed:
            wrong.append(f"{part}: {there} arrived, {printed} were printed")
    oracle.remove(root)
    return wrong, usage.ru_maxrss


def main(megabytes, line, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    done = printed = failures = memory = 0
    parts = [[(line, "line", f"{seed}l")], [(8, "bytes", f"{seed}b"), (8, "text", f"{seed}t"),
                                            (8, "text", f"{seed}u"), (4, "line", f"{seed}v")]]
    left = megabytes
    while left > 0:
        size = min(left, 1024)
        parts.append([(size // 2, "text", f"{seed}{left}x"), (size - size // 2, "bytes", f"{seed}{left}y")])
        left -= size
    for part in parts:
        if done and box.is_over():
            break
        wrong, used = try_flood(part)
        memory = max(memory, used)
        done += 1
        printed += sum(size for size, _, _ in part)
        for text in wrong:
            failures += 1
            oracle.fail(f"seed {seed}, {part}: {text}")
    return result.report(printed, failures,
                         f"MiB printed, one line of {line} MiB; the runner took {memory >> 10} MiB of memory")


if __name__ == "__main__":
    if sys.argv[1] == "--print":
        print_pieces(int(sys.argv[2]), sys.argv[3], sys.argv[4])
        sys.exit()
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]),
                  sys.argv[4] if len(sys.argv) > 4 else str(random.SystemRandom().getrandbits(32))))

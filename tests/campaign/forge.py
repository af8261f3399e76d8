#!/usr/bin/env python3
"""The index only saves time (promise 20): random changes to a real one never make fewer stages run.

    forge.py MUTATIONS SECONDS [SEED]

A pipeline has run; then inputs, outputs, settings or nothing are changed. What `status` says without an index is
the truth. Then the index is mutated many times, in half of the cases with the checksum that its bytes should have,
and each time no stage may be called up to date that was not; and a run must end as without an index.
"""
import ctypes.util
import ctypes
import json
import os
import random
import shutil
import sys
import time

import oracle
import result
import timebox

HEAD_SIZE, HEAD_SIZES, HEAD_DIGEST, HEAD_TOLD, HEAD_LENGTH = 144, 16, 32, 64, 136  # see src/record/index/index.c
RECORD_SIZE, RECORD_COUNTS, RECORD_DIGEST = 56, 8, 24  # see src/record/index/index_tail.c
DEFINITION = """[pipeline]
name = p
[stage:zero]
command = true
[stage:a]
command = cp {{input.i}} {{output.o}}
foreach.n = 1
\t2
input.i = in/{{each.n}}
output.o = o
config.c = {{each.n}}
[stage:b]
command = cat {{input.i}} {{input.g}} >{{output.o}}
input.i = {{a.o}}
input.g = g/*.txt
output.o = o
[stage:c]
command = cat {{input.i}} {{input.t}} >{{output.o}}; echo 'c: in/dep' >{{stage.dir}}/c.d
input.i = {{b.o}}
input.t = tree/x
output.o = o
depfile = c.d
pass_env = FORGE
[stage:d]
command = cat {{input.i}}/x {{input.i}}/deep/y >{{output.o}}
input.i = tree
output.o = o
[stage:e]
command = cat {{input.i}} >{{output.o}}
input.i = {{a.o}}
output.o = o
"""
INDEX = "out/p/.restage/index"


def library():
    """XXH3-128 in its canonical form, as the index has it."""
    lib = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")

    class Digest(ctypes.Structure):
        _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]

    lib.XXH3_128bits.restype = Digest
    lib.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

    def digest(data):
        made = lib.XXH3_128bits(data, len(data))
        return made.high.to_bytes(8, "big") + made.low.to_bytes(8, "big")
    return digest


class Forge:
    def __init__(self, seed):
        self.random, self.digest = random.Random(seed), library()
        self.root = oracle.fresh_directory("forge", "/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        for name in ("in", "g", "tree/deep"):
            os.makedirs(os.path.join(self.root, name))
        self.write("pipeline.ini", DEFINITION)
        for path in ("in/1", "in/2", "in/dep", "g/1.txt", "g/2.txt", "tree/x", "tree/deep/y"):
            self.write(path, path)
        self.number = 0
        for _ in range(3):
            self.run()
            time.sleep(0.02)  # so that contents are settled, and the index has much to say

    def at(self, path):
        return os.path.join(self.root, path)

    def write(self, path, text):
        with open(self.at(path), "w", encoding="utf-8") as file:
            file.write(text)

    def read_index(self):
        with open(self.at(INDEX), "rb") as file:
            return file.read()

    def write_index(self, data):
        with open(self.at(INDEX), "wb") as file:
            file.write(data)

    def run(self):
        return oracle.restage(self.root, "run", environment={"FORGE": "1"}, check=0)

    # the truth

    def expected(self):
        """What each output must be."""
        read = lambda *paths: b"".join(oracle.content(self.at(path)) or b"" for path in paths)
        matches = sorted(f"g/{name}" for name in os.listdir(self.at("g")))
        both = read("in/1", "in/2")
        joined = both + read(*matches)
        return {"02_a/1": read("in/1"), "02_a/2": read("in/2"), "03_b": joined, "04_c": joined + read("tree/x"),
                "05_d": read("tree/x", "tree/deep/y"), "06_e": both}

    def wrong(self):
        """After a run: outputs that are not what they must be, and stages that a look without index calls out
        of date."""
        bad = [name for name, data in self.expected().items() if oracle.content(self.at(f"out/p/{name}/o")) != data]
        os.rename(self.at(INDEX), self.at("index.kept"))
        bad += sorted(self.stale())
        os.rename(self.at("index.kept"), self.at(INDEX))
        return bad

    def stale(self):
        done = oracle.restage(self.root, "status", "--json", environment={"FORGE": "1"}, check=0)
        return {s["name"] for s in json.loads(done.stdout)["stages"] if s["state"] not in ("up_to_date", "may_run")}

    # what happens to it

    def edit(self):
        self.number += 1
        word = f"{self.number:06d}"
        what = self.random.choice(("input", "input", "output", "gone", "config", "match", "dependency", "tree",
                                   "nothing"))
        if what == "input":
            self.write(f"in/{self.random.choice('12')}", word)
        elif what in ("output", "gone"):
            path = f"out/p/{self.random.choice(('02_a/1', '02_a/2', '03_b', '04_c', '05_d', '06_e'))}/o"
            os.unlink(self.at(path))
            if what == "output":
                self.write(path, word)
        elif what == "config":
            self.write("pipeline.ini", DEFINITION.replace("config.c = ", f"config.x = {word}\nconfig.c = "))
        elif what == "match":
            for name in os.listdir(self.at("g"))[3:]:
                os.unlink(self.at(f"g/{name}"))
            self.write(f"g/{word}.txt", word)
        elif what == "dependency":
            self.write("in/dep", word)
        elif what == "tree":
            self.write("tree/deep/y", word)
        return what

    def mend(self, data):
        """Gives the whole and each record behind it the checksums that their bytes should have."""
        number = lambda at, size: int.from_bytes(data[at:at + size], "little")
        whole = number(HEAD_LENGTH, 8)
        if not HEAD_SIZE <= whole <= len(data):
            whole = len(data)
            data[HEAD_LENGTH:HEAD_LENGTH + 8] = whole.to_bytes(8, "little")
        head = self.digest(bytes(data[HEAD_TOLD:HEAD_SIZE]))
        last = data[HEAD_DIGEST:HEAD_DIGEST + 16] = self.digest(head + bytes(data[HEAD_SIZE:whole]))
        at = whole
        while at + RECORD_SIZE <= len(data):
            files, versions, uses, stages = (number(at + RECORD_COUNTS + 4 * i, 4) for i in range(4))
            file, version, stage = (number(HEAD_SIZES + 4 * i, 4) for i in range(3))
            body = files * (8 + file) + versions * version + (uses + uses % 2) * 4 + stages * (8 + stage)
            end = at + RECORD_SIZE + body
            if end > len(data):
                break
            made = self.digest(bytes(last + data[at:at + RECORD_DIGEST] + data[at + RECORD_SIZE:end]))
            last = data[at + RECORD_DIGEST:at + RECORD_DIGEST + 16] = made
            at = end

    def mutate(self, data, others):
        data = bytearray(data)
        pick = self.random
        how = pick.choice(("bit", "bit", "byte", "byte", "word", "fill", "copy", "cut", "splice", "older", "swap"))
        at = pick.randrange(len(data))
        whole = int.from_bytes(data[HEAD_LENGTH:HEAD_LENGTH + 8], "little")
        if whole < len(data) and pick.random() < 0.5:  # records are short: they would hardly be hit
            at = pick.randrange(whole, len(data))
        size = min(pick.choice((1, 2, 4, 8, 16, 64)), len(data) - at)
        if how == "bit":
            data[at] ^= 1 << pick.randrange(8)
        elif how == "byte":
            data[at] = pick.randrange(256)
        elif how == "word":
            data[at:at + size] = (pick.choice((0, 1, 2, 0xff)).to_bytes(1, "little") + bytes(size - 1))
        elif how == "fill":
            data[at:at + size] = bytes([pick.choice((0, 255))]) * size
        elif how == "copy":
            start = pick.randrange(len(data) - size + 1)
            data[at:at + size] = data[start:start + size]
        elif how == "cut":
            del data[at:at + size]
        elif how == "splice":
            other = pick.choice(others)
            data[at:] = other[at:]
        elif how == "older":
            data = bytearray(pick.choice(others))
        elif how == "swap":
            start = pick.randrange(len(data) - size + 1)
            data[at:at + size], data[start:start + size] = data[start:start + size], data[at:at + size]
        mended = pick.random() < 0.5 and len(data) > HEAD_SIZE
        if mended:
            self.mend(data)
        return bytes(data), how + (" with a valid checksum" if mended else "")


def main(mutations, seconds, seed):
    print(f"seed {seed}")
    forge = Forge(seed)
    box = timebox.Box(seconds)
    done = runs = failures = 0
    others = [forge.read_index()]
    while failures < 5 and done < mutations and not box.is_over():
        real = forge.read_index()
        others = [*others[-20:], real]
        what = forge.edit()
        os.unlink(forge.at(INDEX))
        truth = forge.stale()
        hows = []
        for _ in range(5):
            data, how = forge.mutate(real, others)
            forge.write_index(data)
            seen = forge.stale()
            hows.append(how)
            done += 1
            if not truth <= seen:
                failures += 1
                oracle.fail(f"seed {seed}, case {done}: after the edit '{what}' {sorted(truth - seen)} are called "
                            f"up to date, with an index changed by '{how}'")
        code = oracle.restage(forge.root, "run", environment={"FORGE": "1"}).returncode
        runs += 1
        wrong = forge.wrong() if code == 0 else [f"exit code {code}"]
        if wrong:
            failures += 1
            oracle.fail(f"seed {seed}, case {done}, run {runs}: after the edit '{what}' a run with an index changed "
                        f"by '{how}' left {wrong}")
            shutil.rmtree(forge.at("out"))
            forge.run()
    oracle.remove(forge.root)
    return result.report(done, failures, f"{runs} runs; half of the mutations with a valid checksum")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))

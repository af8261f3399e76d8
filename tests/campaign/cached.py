#!/usr/bin/env python3
"""The walks of promises 6 and 25 with a shared cache (promise 29).

    cached.py walk|agree STEPS SECONDS [SEED]

All trees of all walks have one cache, so that what one made is restored in another, and in the same one when it
comes back to what it was. A stage that has to run runs or is restored, no other does either, and all bytes are those
of a clean rebuild without a cache.
"""
import os
import random
import re
import shutil
import sys

import agree
import oracle
import walk


restored = 0


def counting(function, text_of):
    """The same, with what it says of restored stages counted."""
    def counted(*args, **options):
        global restored
        done = function(*args, **options)
        restored += len(re.findall(r"^\S+: restored from ", text_of(done), re.M))
        return done
    return counted


def forget(here):
    """As a fresh checkout."""
    path = here.tree.at("out")
    if os.path.exists(path):
        shutil.rmtree(path)
    here.tree.records.clear()
    here.tree.failed.clear()


def main(which, steps, seconds, seed):
    cache = oracle.fresh_directory("cache")
    oracle.ENVIRONMENT["RESTAGE_CACHE"] = cache
    oracle.restage = counting(oracle.restage, lambda done: done.text)
    agree.Agree.run = counting(agree.Agree.run, lambda done: done[1])
    walk.Walk.EDITS = [*walk.Walk.EDITS, *[forget] * 6]
    agree.Agree.EDITS = [*agree.Agree.EDITS, *[forget] * 8]
    try:
        code = {"walk": walk.main, "agree": agree.main}[which](steps, seconds, seed)
        found = sum(len(files) for _, _, files in os.walk(os.path.join(cache, "ac")))
        print(f"{restored} stages were restored, from {found} entries")
        return code or not restored
    finally:
        oracle.remove(cache)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]),
                  sys.argv[4] if len(sys.argv) > 4 else str(random.SystemRandom().getrandbits(32))))

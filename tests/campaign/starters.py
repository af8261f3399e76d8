#!/usr/bin/env python3
"""One runner a job (promise 11): a stage never runs twice at once, and a lock never needs a human.

    starters.py ROUNDS KILLS SECONDS [SEED]

Rounds: 32 starters at once, of which some want everything run again, some do not wait, some are killed. Kills: a
run is killed -9 at a random instant, and the next start must end well. A stage that runs while another process of
it runs says so: its script holds an exclusive lock of its own.
"""
import os
import random
import subprocess
import sys
import time

import oracle
import result
import timebox

STARTERS = 32
DEFINITION = """[stage:a]
command = flock -n only sh -c 'read -r text <in; sleep 0.01; echo "$text" >"$0"' {{output.o}} || echo twice >>twice
input.i = in
output.o = o
[stage:b]
command = flock -n only-b sh -c 'cat "$0" >"$1"; sleep 0.01' {{input.i}} {{output.o}} || echo twice >>twice
input.i = {{a.o}}
output.o = o
"""


class Job:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.root = oracle.fresh_directory("starters")
        with open(self.at("pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(DEFINITION)
        self.number = 0

    def at(self, path):
        return os.path.join(self.root, path)

    def change(self):
        self.number += 1
        with open(self.at("in"), "w", encoding="utf-8") as file:
            file.write(f"{self.number}\n")

    def start(self, *args):
        return subprocess.Popen([oracle.RESTAGE, "run", *args], cwd=self.root, env=oracle.ENVIRONMENT,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def wrong(self):
        """After everything has ended: one more start, which must find or make everything well."""
        done = oracle.restage(self.root, "run", "--no-wait")
        if done.returncode != 0:
            return f"the start after it: exit {done.returncode}: {done.text}"
        if oracle.content(self.at("out/pipeline/02_b/o")) != b"%d\n" % self.number:
            return "the output is not of the last input"
        if os.path.exists(self.at("twice")):
            os.unlink(self.at("twice"))
            return "a stage ran twice at once"
        return None

    def a_round(self):
        self.change()
        runs = []
        for _ in range(STARTERS):
            kind = self.random.choice(("run", "run", "all", "turned away", "killed"))
            args = {"all": ["-B"], "turned away": ["--no-wait"]}.get(kind, [])
            runs.append((kind, self.start(*args)))
        for kind, run in runs:
            if kind == "killed":
                run.kill()
        bad = None
        for kind, run in runs:
            text = run.communicate(timeout=oracle.TIMEOUT)[1].decode(errors="replace")
            allowed = {"killed": (-9, 0), "turned away": (0, 3)}.get(kind, (0,))
            if run.returncode not in allowed:
                bad = f"a starter ({kind}) ended with {run.returncode}: {text}"
        return bad or self.wrong_after_a_moment()

    def wrong_after_a_moment(self):
        """What a killed runner started may still be ending: then the job is held, and a start waits for it."""
        done = oracle.restage(self.root, "run")
        return self.wrong() if done.returncode == 0 else f"exit {done.returncode}: {done.text}"

    def a_kill(self):
        self.change()
        run = self.start()
        time.sleep(self.random.random() * 0.06)
        run.kill()
        run.communicate(timeout=oracle.TIMEOUT)
        return self.wrong_after_a_moment()


def main(rounds, kills, seconds, seed):
    print(f"seed {seed}")
    job = Job(seed)
    box = timebox.Box(seconds)
    done = {"round": 0, "kill": 0}
    failures = 0
    for what, count, step, until in (("kill", kills, job.a_kill, timebox.Box(box.left() / 2)),
                                     ("round", rounds, job.a_round, box)):
        while failures < 5 and done[what] < count and not (done[what] and until.is_over()):
            wrong = step()
            done[what] += 1
            if wrong:
                failures += 1
                oracle.fail(f"seed {seed}, {what} {done[what]}: {wrong}")
    oracle.remove(job.root)
    return result.report(done["round"] * STARTERS + done["kill"], failures,
                         f"{STARTERS} starters {done['round']} times; {done['kill']} starts after kill -9")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]),
                  sys.argv[4] if len(sys.argv) > 4 else str(random.SystemRandom().getrandbits(32))))

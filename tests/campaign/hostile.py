#!/usr/bin/env python3
"""Promise 13: no stage can hang the run. The exit of the command ends the attempt, not the end of its output.

    hostile.py [--rounds N]

Each hostile stage runs beside a good one, which must come out whole; the run must end within a hard limit,
with the right exit code, and nothing of it may be left.
"""
import argparse
import os
import sys

import processes
import timebox
from result import report

# name: (lines of the script, exit code of the run, further settings)
STAGES = {
    "a background child holds the pipe": (["sleep NUMBER &", "exit 0"], 0, ""),
    "a daemon holds the pipe": (["setsid -f sleep NUMBER", "exit 0"], 0, ""),
    "reads its input": (["cat", "read line || :", "exit 0"], 0, ""),
    "asks at the terminal": (["if (read line </dev/tty) 2>/dev/null; then exit 9; fi"], 0, ""),
    "floods its output, and a child goes on with that": (["yes NUMBER &", "{ yes || [ $? = 141 ]; } | head -c 3000000"], 0, ""),
    "floods its output until its time is over": (["yes NUMBER"], 1, "timeout = 1s\ngrace = 0.2s\n"),
    "closes its output": (["exec >&- 2>&-", "sleep 0.2"], 0, ""),
    "closes all that it has": (["exec <&- >&- 2>&- 3>&- 4>&- 5>&-", ": >done"], 0, ""),
    "stops itself": (["kill -STOP $$"], 1, "timeout = 0.3s\ngrace = 0.2s\n"),
    "stops its group": (["sleep NUMBER &", "kill -STOP 0"], 1, "timeout = 0.3s\ngrace = 0.2s\n"),
    "kills its group": (["sleep NUMBER &", "kill -KILL 0"], 1, ""),
    "kills whoever started it": (["kill -KILL $PPID", "sleep NUMBER"], 3, ""),
    "forks rapidly": (["i=0", "while [ $i -lt 300 ]; do (exec sleep NUMBER) & i=$((i+1)); done"], 0, ""),
    "its children fork on after its end": (
        ["(i=0; while [ $i -lt 300 ]; do setsid sleep NUMBER & i=$((i+1)); done) &", "exit 0"], 0, ""),
    "deletes its directory": (["rm -rf {{stage.dir}}", "sleep 0.1"], 1, ""),
    "deletes our state": (["rm -rf out/*/.restage", "sleep 0.1"], 0, ""),
    "runs restage in its own job": (['"$RESTAGE_PROGRAM" run --no-wait && exit 9', "exit 0"], 0, ""),
    "waits for restage in its own job": (['"$RESTAGE_PROGRAM" run'], 1, "timeout = 1s\ngrace = 0.2s\n"),
    "runs restage in another job": (['"$RESTAGE_PROGRAM" --job other run good'], 0, ""),
    "runs restage, which has a daemon": (
        ['printf "[stage:x]\\ncommand = setsid -f sleep NUMBER\\n" >inner.ini', '"$RESTAGE_PROGRAM" -f inner.ini',
         "sleep NUMBER &"], 0, ""),
    "opens a FIFO that nobody reads": (["mkfifo fifo 2>/dev/null || :", "echo >fifo"], 1,
                                       "timeout = 0.3s\ngrace = 0.2s\n"),
    "reports a FIFO": (["mkfifo \"$STAGEIO_OUTPUT_DIR/f\"",
                        "echo '{\"event\":\"output\",\"path\":\"f\"}' >>\"$STAGEIO_EVENTS\""], 1, ""),
    "makes its events a FIFO": (["mkfifo \"$STAGEIO_EVENTS\"", "exit 0"], 0, ""),
    "makes its log a FIFO": (["rm -f {{stage.dir}}/../stage.log", "mkfifo {{stage.dir}}/../stage.log",
                              "echo x"], None, ""),
    "ignores TERM": (["trap '' TERM", "while :; do sleep 0.05 || :; done"], 1,
                     "timeout = 0.3s\ngrace = 0.3s\n"),
    "changes the runner's signals": (["kill -WINCH $(ps -o ppid= -p $PPID)", "exit 0"], 0, ""),
}


def try_stage(script, code, settings):
    lines = "".join(f"\n\t{line}" for line in script)
    job = processes.Job(f"""[stage:bad]
track_command = no
env.RESTAGE_PROGRAM = {processes.RESTAGE}
{settings}command ={lines}
[stage:good]
command = echo good >{{{{output.o}}}}
output.o = good.txt
[stage:after]
after = good
command = echo after >{{{{output.o}}}}
output.o = after.txt
""", options=("-k", "-j", "2"))
    try:
        if code is None:
            job.wait()
            left = processes.survivors(job.number)
            assert not left, f"survivors: {processes.describe(left)}"
            return
        processes.expect(job, code)
        if code == 3:
            return
        for name in ("02_good/good.txt", "03_after/after.txt"):
            assert job.has(os.path.join("out/pipeline", name)), f"{name} was not made"
    finally:
        job.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    cases, failures = 0, 0
    box = timebox.Box()
    for _ in range(args.rounds):
        for name, stage in STAGES.items():
            if box.is_over():
                break
            cases += 1
            try:
                try_stage(*stage)
            except (AssertionError, OSError) as error:
                failures += 1
                print(f"FAILED {name}: {error}", flush=True)
    return report(cases, failures, f"{len(STAGES)} hostile stages beside good ones, at most 60 s each")


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Values of inherited variables and secrets are on disk nowhere that we write (promise 23).

    secrets_kept.py ROUNDS SECONDS [SEED]

Random values stand in inherited variables, some of which are part of a stage's identity. Stages run, fail, time out,
ask for versions, report through StageIO, are killed; every command looks at them. Each time, and from inside of the
stages as well, all files of the job and all that was printed are searched for the values, as they are, in base64 and
in hex.
"""
import base64
import os
import random
import signal
import subprocess
import sys
import time

import oracle
import result
import timebox

DEFINITION = """[stage:uses]
command = test -n "$SECRET_TOKEN" && cp in {{output.o}}
input.i = in
output.o = o
pass_env = SECRET_TOKEN, SECRET_EMPTY, SECRET_UNSET
version.tool = sh -c 'test -n "$SECRET_TOKEN" && echo 1'
[stage:looks]
command = grep -rlaF -e "$SECRET_TOKEN" -e "$SECRET_OTHER" {{job.dir}} >found.now; touch {{output.o}}
input.i = {{uses.o}}
output.o = o
pass_env = SECRET_OTHER
[stage:reports]
command = printf '{"event":"output","path":"r","type":"t"}\\n{"event":"log","level":"INFO","message":"x"}\\n' \\
\t>>"$STAGEIO_EVENTS"; touch "$STAGEIO_OUTPUT_DIR/r"; sleep {{config.long}}
config.long = 0.25
[stage:fails]
command = test -z "$SECRET_TOKEN"
pass_env = SECRET_TOKEN
allow_failure = yes
retries = 1
[stage:late]
command = sleep 60
timeout = 0.1
grace = 0.1
allow_failure = yes
pass_env = SECRET_OTHER
"""
LOOKS = (["status", "--json"], ["why", "uses"], ["why", "fails"], ["show", "uses"], ["show", "fails", "--json"], ["list"],
         ["graph", "--format", "json", "--files"], ["logs"], ["logs", "fails"], ["verify"], ["run", "-n"], ["check"],
         ["accept", "uses"], ["replay", "uses"])


def main(rounds, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    pick = random.Random(seed)
    root = oracle.fresh_directory("secrets")
    with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(DEFINITION.replace(" \\\n\t", " "))
    done = failures = searched = 0
    while failures < 3 and done < rounds and not (done and box.is_over()):
        values = [bytes(pick.choices(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=24)).decode()
                  for _ in range(3)]
        variables = {"SECRET_TOKEN": values[0], "SECRET_OTHER": values[1], "SECRET_EMPTY": "", "UNRELATED": values[2]}
        with open(os.path.join(root, "in"), "w", encoding="utf-8") as file:
            file.write(str(done))
        if pick.random() < 0.3:
            with subprocess.Popen([oracle.RESTAGE, "run", "-j", "3"], cwd=root, stdin=subprocess.DEVNULL,
                                  env={**oracle.ENVIRONMENT, **variables}, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as run:
                time.sleep(pick.random() * 0.3)
                run.send_signal(pick.choice((signal.SIGKILL, signal.SIGTERM)))
                run.wait(oracle.TIMEOUT)
            printed = b""
        else:
            told = oracle.restage(root, "run", "-j", "3", "-k", environment=variables)
            printed = told.stdout + told.stderr
        looks = [oracle.restage(root, *args, environment=variables) for args in LOOKS]
        printed += b"".join(look.stdout + look.stderr for look in looks)
        forms = [form for value in values for form in (
            value.encode(), base64.b64encode(value.encode()).rstrip(b"="), value.encode().hex().encode())]
        found = [("what was printed", form) for form in forms if form in printed]
        for where, _, names in os.walk(root):
            for name in names:
                data = oracle.content(os.path.join(where, name)) or b""
                searched += 1
                found += [(os.path.join(where, name), form) for form in forms if form in data]
        inside = oracle.content(os.path.join(root, "found.now"))
        found += [(f"found by a stage: {inside!r}", b"")] if inside else []
        done += 1
        if found:
            failures += 1
            oracle.fail(f"seed {seed}, round {done}: {found[:5]}")
    oracle.remove(root)
    return result.report(done * 3, failures, f"secrets, searched for in {searched:,} files")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))

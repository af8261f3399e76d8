#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sleep 60
INI
cat >watch.py <<'PY'
import os, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    p = subprocess.Popen([os.environ["RESTAGE"], "run"], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = None
    for _ in range(200):
        if any("STARTING" in open(os.path.join(d, f)).read()
               for d, _, fs in os.walk("out") for f in fs if f.startswith("99_")):
            break
        time.sleep(0.05)
    time.sleep(0.2)
    p.send_signal(number)
    if p.wait(timeout=30) != -number:
        sys.exit("%s: %s" % (number, p.returncode))
    for d, _, fs in os.walk("out"):
        for f in fs:
            if f.startswith("99_"):
                os.unlink(os.path.join(d, f))
PY
env RESTAGE="$RESTAGE" python3 watch.py

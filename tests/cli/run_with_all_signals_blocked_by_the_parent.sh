#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sleep 1000
timeout = 300ms
INI
code=0
timeout 60 python3 - <<'PY' || code=$?
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execv(os.environ["RESTAGE"], ["restage", "run"])
PY
same $code 1
expect_manifest a '.status == "failed"'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = { yes || [ $? = 141 ]; } | head -n 1 >{{output.o}}
output.o = a.txt
version.x = sh -c 'echo 1; exit 4'
[stage:b]
command = exit 3
INI
code=0
python3 - <<'PY' || code=$?
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
os.execv(os.environ["RESTAGE"], ["restage", "run", "-k"])
PY
same $code 1
expect_manifest a '.status == "success" and .exit_code == 0'
expect_manifest b '.status == "failed" and .exit_code == 3'

# The exit code of a version command is known, too: it is as it was.
expect_manifest a '.tools | tojson | test("exit code 4")'

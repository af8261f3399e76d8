#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = code=0; "$PROGRAM" --no-wait || code=$?; echo $code >{{output.o}}
output.o = a.txt
INI
PROGRAM=$RESTAGE run_ok
expect_file "$(stage_dir a)/a.txt" 3

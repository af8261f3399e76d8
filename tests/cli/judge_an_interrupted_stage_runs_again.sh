#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo half >{{output.o}}; test -e go || sleep 1000; echo whole >{{output.o}}
track_command = no
output.o = a.txt
INI
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until sh -c 'grep -rlq half out'
kill -KILL $runner
wait $runner || true
expect_no_file "$(stage_dir a)/a.txt"
touch go
run_ok
ran a
expect_reasons a interrupted
expect_file "$(stage_dir a)/a.txt" whole
run_ok
ran

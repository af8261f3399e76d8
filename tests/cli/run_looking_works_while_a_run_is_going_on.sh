#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo hello; until test -e go; do sleep 0.02; done; touch {{output.o}}
track_command = no
output.o = a.txt
INI
"$RESTAGE" >first 2>&1 </dev/null &
first=$!
wait_until grep -rq hello out
wait_until grep -q running out/pipeline/01_a/manifest.json
run_ok status
expect_out 'a .*running'
run_ok logs a
expect_out hello
run_ok why a
run_ok -n
run_ok list
touch go
wait $first
run_ok status -q

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo x >>count; until test -e go; do sleep 0.02; done; touch {{output.o}}
track_command = no
output.o = a.txt
INI
"$RESTAGE" >first 2>&1 </dev/null &
first=$!
wait_until test -s count
run_fails 3 --no-wait
expect_err "pid $first"
"$RESTAGE" >second 2>&1 </dev/null &
second=$!
wait_until grep -q "$first" second
touch go
wait $first
wait $second
same "$(wc -l <count)" 1

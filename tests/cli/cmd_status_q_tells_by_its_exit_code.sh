#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_fails 1 status -q
same "$(cat "$out" "$err")" ""
run_ok status
expect_out '^ *a .*never'
run_ok
run_ok status -q
run_ok status
expect_out '^ *a .*up to date'
echo 2 >in.txt
run_fails 1 -q status
run_ok status
expect_out 'in.txt'
run_ok status --json
jq -e '.schema == "restage.status/1"' "$out" >/dev/null

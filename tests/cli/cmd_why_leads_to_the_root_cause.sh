#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
INI
echo 1 >in.txt
run_ok why c
expect_out 'never ran'
run_ok
echo 2 >in.txt
# before the run: what would happen
run_ok why c
expect_out 'in.txt'
run_ok
# after it: what did
run_ok why c
expect_out 'in.txt'
run_ok why --json c
jq -e '.schema == "restage.why/1"' "$out" >/dev/null
grep -q 'in.txt' "$out"
run_fails 2 why nonsuch

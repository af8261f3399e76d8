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
INI
echo 1 >in.txt
run_ok run -n
expect_out 'a'
expect_no_file out
run_ok run -n --json
jq -e '.schema == "restage.plan/1"' "$out" >/dev/null
run_ok
ran a b
echo 2 >in.txt
run_ok -n
expect_out 'in.txt'
same "$(cat out/*/02_b/b.txt)" 1

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
size = 3
[stage:a]
command = head -c {{config.size}} {{input.i}} >{{output.o}}
input.i = in.txt
output.o = a.txt
config.size = {{params.size}}
version.tool = cat tool.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = other.txt
output.o = c.txt
INI
echo 0123456789 >in.txt
echo other >other.txt
echo 1.0 >tool.txt
run_ok
first=$(manifest a .run)
run_ok # nothing to do
echo 1.1 >tool.txt
run_ok -p size=5

# without arguments the last run with the one before, in which a and b were as the first made them
run_ok diff
cp "$out" before
expect_out '^ *ran +0 +2$'
expect_out '^ *up to date +3 +1$'
expect_out '^a: up to date -> ran$'
expect_out "^ *config +size: '3' -> '5'$"
expect_out "^ *tool +tool: '1.0' -> '1.1'$"
expect_out '^ *command +head -c 3 in.txt >.* -> head -c 5 in.txt >'
expect_out '^ *output +out/pipeline/01_a/a.txt: changed, 3 B -> 5 B$'
expect_out '^b: up to date -> ran$'
expect_out '^ *input +out/pipeline/01_a/a.txt: changed, 3 B -> 5 B$'
expect_out '^a .* 3 B\* +5 B$'
expect_no_out '^c'
run_ok diff last~1 last
cmp "$out" before
run_ok diff last~1
cmp "$out" before

# with the first, which made all; by its id
run_ok diff "$first" last
expect_out '^a: ran in both$'
expect_out '^ran -> up to date: c$'
expect_no_out '\*'

run_ok diff --json run:"$first" last
jq -e '.schema == "restage.diff/1" and .kind == "runs" and .a.totals.ran == 3 and .b.totals.ran == 2' "$out"
same "$(jq -c '.stages[] | [.stage, .a.state, .b.state]' "$out")" '["a","ran","ran"]
["b","ran","ran"]
["c","ran","up_to_date"]'
same "$(jq -c '.stages[0].changes[] | [.kind, .about, .change, .before, .after] | select(.[0] != "command")' "$out")" \
	'["config","size","changed","3","5"]
["tool","tool","changed","1.0","1.1"]
["output","out/pipeline/01_a/a.txt","changed",3,5]'
same "$(jq -c '.stages[0].a | [.run, .output_bytes, .exit_code]' "$out")" "[\"$first\",3,0]"

# the other way round
run_ok diff last last~2
expect_out "^ *config +size: '5' -> '3'$"

# a failure is no comparison of outputs
echo 1.2 >tool.txt
rm in.txt
mkdir in.txt
run_fails 1 -p size=5
run_ok diff
expect_out '^a: ran -> failed$'
expect_out '^ *input +in.txt: changed'
expect_no_out '^ *output'

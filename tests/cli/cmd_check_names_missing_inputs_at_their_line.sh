#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:mix]
command = cat {{input.a}} {{input.b}} > {{output.x}}
input.a = a.txt
input.b = b.txt
output.x = x.txt

[stage:may]
command = cat {{input.c}} > {{output.y}}
input.c = c.txt
input.c.optional = yes
output.y = y.txt
INI
echo a >a.txt
for command in check run "run -n"; do
	# shellcheck disable=SC2086
	run_fails 2 $command
	expect_err "^pipeline.ini:1: stage 'mix': input 'b.txt' is made by no stage and does not exist$"
	expect_no_err "a.txt|c.txt"
	expect_no_file out
done
run_fails 2 run mix

# what all instances miss is one mistake
cat >each.ini <<'INI'
[stage:every]
command = cat {{input.a}} {{input.b}} > {{output.x}}
foreach.n =
	one
	two
input.a = common.txt
input.b = {{each.n}}.txt
output.x = x.txt
INI
run_fails 2 -f each.ini check
same "$(cat "$err")" "each.ini:1: stage 'every': input 'common.txt' is made by no stage and does not exist
each.ini:1: stage 'every/one': input 'one.txt' is made by no stage and does not exist
each.ini:1: stage 'every/two': input 'two.txt' is made by no stage and does not exist"

run_ok run -n may
echo b >b.txt
run_ok check
expect_out '2 stages'

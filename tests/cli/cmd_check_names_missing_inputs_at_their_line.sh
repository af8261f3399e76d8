#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:mix]
command = cat {{input.a}} {{input.b}} > {{output.x}}
input.a = a.txt
input.b =
    a.txt

    b.txt
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
	expect_err "^pipeline.ini:7: stage 'mix': input 'b.txt' is made by no stage and does not exist$"
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
same "$(cat "$err")" "each.ini:6: stage 'every': input 'common.txt' is made by no stage and does not exist
each.ini:7: stage 'every/one': input 'one.txt' is made by no stage and does not exist
each.ini:7: stage 'every/two': input 'two.txt' is made by no stage and does not exist"

run_ok run -n may
echo b >b.txt
run_ok check
expect_out '2 stages'

# The same where the graph comes from the index, which has no lines.
run_ok
run_ok status
rm b.txt
run_fails 2 run -B
expect_err "^pipeline.ini:7: stage 'mix': input 'b.txt' is made"

# What was probably meant: a file that is there, or what a stage makes.
mkdir -p in/deep
touch in/deep/talk.mp4 'in/one, two'
cat >inc.ini <<'INI'
[defaults]
input.all = in/deep/tlak.mp4
INI
cat >near.ini <<'INI'
[pipeline]
include = inc.ini
[stage:words]
command = echo > {{output.list}}
output.list = words.txt
[stage:a]
command = true
input.b = im/deep/talk.mp4
input.c = words.txt
input.d = words.list
input.e = {words.list}
input.f = a.txt, in/deep
input.g = "a.txt"
input.h = none/x.txt
input.i = in/one, two
input.j = in/deep/TALK.MP4
INI
run_fails 2 -f near.ini check
same "$(sed "s/input.*not exist//" "$err")" "inc.ini:2: stage 'words': ; did you mean 'in/deep/talk.mp4'?
inc.ini:2: stage 'a': ; did you mean 'in/deep/talk.mp4'?
near.ini:8: stage 'a': ; did you mean 'in/deep/talk.mp4'?
near.ini:9: stage 'a': ; stage words makes a file of that name: write {{words.list}}
near.ini:10: stage 'a': ; what stage words makes is {{words.list}}
near.ini:11: stage 'a': ; what stage words makes is {{words.list}}
near.ini:12: stage 'a': ; several files stand one a line
near.ini:13: stage 'a': ; quotes are a part of the name here: leave them out
near.ini:14: stage 'a': ; there is no directory 'none'
near.ini:16: stage 'a': ; did you mean 'in/deep/talk.mp4'?"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
size = 3
[stage:same]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = same.txt
[stage:a]
command = head -c {{config.size}} {{input.i}} >{{output.o}}; echo done
input.i = {{same.o}}
output.o = a.txt
config.size = {{params.size}}
env.LANG = {{params.size}}
pass_env = SECRET
[stage:b]
command = test {{params.size}} = 3
after = a
INI
echo 0123456789 >in.txt
SECRET=canary-1 run_ok --job one
SECRET=canary-2 run_fails 1 --job two -p size=4

run_ok diff one two
expect_out '^ *job +one +two$'
expect_out "^ *config +size: '3' -> '4'$"
expect_out '^ *env +LANG: changed$'
expect_out '^ *env +SECRET: changed$'
expect_out '^ *output +out/two/02_a/a.txt: changed, 3 B -> 4 B$'
expect_out '^b: succeeded -> failed$'
expect_no_out '^ *input' # the same file at another job's place is the same
expect_no_out '^same:'
expect_no_out canary

run_ok diff --json one two
jq -e '.kind == "jobs" and .a.name == "one" and .b.name == "two"' "$out"
same "$(jq -c '.stages[] | select(.stage == "a").changes[] | select(.kind == "env") | [.about, .before, .after]' "$out")" \
	'["LANG",null,null]
["SECRET",null,null]'
! grep canary "$out" || fail "a value was told"

# with the present job
run_ok --job two diff one
expect_out '^ *job +one +two$'

# a job that was copied, and a definition that gives other numbers
cp -a out/one out/three
sed -i 's/\[stage:same\]/[stage:new]\ncommand = true\n&/' pipeline.ini
SECRET=canary-1 run_ok --job three
run_ok diff one three
expect_no_out '^ *(config|env|command|input|output) '
expect_out '^never ran -> succeeded: new$'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = sh -c 'cat "$1" salt > "$2"' x {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
echo s >salt
run_fails 2 replay b
expect_err 'never run'
run_ok
run_ok replay b
expect_out 'all inputs are as recorded'
ran b

# whatever else is out of date
echo 2 >in.txt
run_ok replay b
ran b
run_ok replay --check b
expect_out 'b: reproduced'
find . -printf '%p %T@ %s\n' | grep -v '/.restage' | sort >../before
echo t >salt
run_fails 4 replay --check b
expect_out 'not reproduced'
expect_out 'b.txt'
run_fails 4 replay --check a
expect_out 'inputs differ'
expect_out 'in.txt'

# several: those alone, in their order
echo s >salt
run_ok
run_ok replay b a
expect_out 'a: all inputs are as recorded'
expect_out 'b: all inputs are as recorded'
ran a b
run_ok replay --check a b
expect_out 'a: reproduced'
expect_out 'b: reproduced'
echo t >salt
run_fails 4 replay --check a b
expect_out 'a: reproduced'
expect_out 'b: not reproduced'

# A version command that cannot be started is a version too.
pipeline <<'INI'
[stage:tooled]
command = echo made > {{output.o}}
output.o = o.txt
version.none = nosuchtool --version
INI
run_ok
run_ok replay --check tooled
expect_out 'tooled: reproduced'

# what the manifest records is run, not what the definition says by now
pipeline <<'INI'
[params]
tag = x
[stage:a]
command = echo {{params.tag}} {{config.n}} >{{output.o}}
config.n = 1
output.o = o.txt
INI
run_ok -p tag=y
run_ok replay a
expect_file "$(stage_dir a)/o.txt" 'y 1'
for change in 's/config.n = 1/config.n = 2/' 's/echo {/echo now {/'; do
	cp pipeline.ini kept
	sed -i "$change" pipeline.ini
	run_fails 2 replay a
	expect_err "stage 'a' is not defined as its manifest records: (config n|the command) .*changed.*'restage replay --now' runs it"
	expect_file "$(stage_dir a)/o.txt" 'y 1'
	cp kept pipeline.ini
done
run_fails 2 -p tag=z replay a
expect_file "$(stage_dir a)/o.txt" 'y 1'
run_ok -p tag=z replay --now a
expect_file "$(stage_dir a)/o.txt" 'z 1'
sed -i 's/^config.n.*/&\nenabled = no/' pipeline.ini
run_fails 2 replay a
expect_err "^restage: stage 'a' is disabled: it does not run"

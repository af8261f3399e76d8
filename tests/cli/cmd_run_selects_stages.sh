#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
tags = early
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
run_ok run early
ran a
run_ok run --until b
ran b
run_ok run -B --from b
ran b c
run_ok run -B --only b
ran b
run_fails 2 run nonsuch
expect_err nonsuch
run_fails 2 run bb
expect_err "did you mean"

# A stage may be named as its directory is, also by the number that this still has.
for command in why show 'logs --plain' verify status graph list 'clean -n' 'run -n --from' 'run -n --until' 'run -n' 'accept'; do
	# shellcheck disable=SC2086
	run_ok $command 02_b
done
run_ok replay 02_b
ran b
sed -i '1i [stage:first]\ncommand = true' pipeline.ini
run_ok why 02_b
run_ok run -n 03_b
run_fails 2 why 07_b
expect_err "no stage, tag or output is called '07_b'; did you mean 'b'\?"
run_fails 2 run 02_bb
expect_err "did you mean"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Programs are what users edit: known by their ending, by their executable bit, or by their first line.
for program in work.py work plain; do
	rm -rf out begun go
	pipeline <<INI
[stage:a]
command = touch begun; until test -e go; do sleep 0.02; done; bash $program > {{output.o}}
output.o = o.txt
INI
	first='#'
	[ $program != plain ] || first='#!/bin/bash'
	for i in 1 2 3; do
		printf '%s\necho %s\n' "$first" "$i" >$program
		[ $program != work ] || chmod +x work
		rm -f begun go
		"$RESTAGE" >"$out" 2>"$err" </dev/null &
		runner=$!
		wait_until test -e begun
		printf '%s\necho %s while it runs\n' "$first" "$i" >$program
		touch go
		wait $runner
		expect_err "input '$program' changed while the stage ran.*: the stage is not up to date next time"
		expect_manifest a '.inputs[] | .changed_during_run and (.changed_by_stage | not)'
	done
	run_ok
	run_ok
	expect_err 'nothing to do'
	echo 'echo more' >>$program
	run_ok
	ran a
done

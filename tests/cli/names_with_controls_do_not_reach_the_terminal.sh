#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir in
echo 1 >$'in/a\e]0;title\a\e[2Jb\nc'
pipeline <<'INI'
[stage:a]
command = cat {{input.i}} > {{output.o}}
input.i = in/*
output.o = o.txt
INI
run_ok
echo 2 >$'in/a\e]0;title\a\e[2Jb\nc'
for command in status 'why a' 'show a' list 'run -n' run; do
	# shellcheck disable=SC2086 # words
	run_ok $command
	! grep -l $'\e' "$out" "$err" || fail "$command printed an escape"
done
! grep -l $'\e' out/*/logs/*.log || fail 'the log has an escape'
same "$(pipeline_log | grep -vcE '^\[[0-9-]+ [0-9:]+\] \[[^]]+\] \[[A-Z]+\]')" 0

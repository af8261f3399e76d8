#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# \u202e turns what follows around: it shows gpj.exe as exe.jpg
mkdir in
echo 1 >$'in/a\e]0;title\a\e[2Jb\nc\u202egpj.exe'
pipeline <<'INI'
[stage:a]
command = cat {{input.i}} > {{output.o}}
input.i = in/*
output.o = o.txt
INI
run_ok
echo 2 >$'in/a\e]0;title\a\e[2Jb\nc\u202egpj.exe'
for command in status 'why a' 'show a' list 'run -n' verify run 'diff' 'clean -n'; do
	# shellcheck disable=SC2086 # words
	run_restage "$([ "$command" = verify ] && echo 4 || echo 0)" $command
	! grep -lE $'\e|\u202e' "$out" "$err" || fail "$command printed an escape"
done
! grep -lE $'\e|\u202e' out/*/logs/*.log || fail 'the log has an escape'
same "$(pipeline_log | grep -vcE '^\[[0-9-]+ [0-9:]+\] \[[^]]+\] \[[A-Z]+\]')" 0

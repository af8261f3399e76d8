#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir in
printf 1 >$'in/\xff\xc3(\xa0.txt'
printf 2 >$'in/\xed\xa0\x80.txt'
pipeline <<'INI'
[stage:a]
command = cat {{input.i}} > {{output.o}}
input.i = in/*
output.o = o.txt
INI
run_ok
expect_file "$(stage_dir a)/o.txt" 21
python3 -c 'import json, sys; json.loads(open(sys.argv[1], "rb").read().decode("utf-8"))' "$(stage_dir a)/manifest.json"
run_ok
ran
printf 3 >$'in/\xff\xc3(\xa0.txt'
run_ok
ran a
expect_file "$(stage_dir a)/o.txt" 23
for command in status 'why a' 'show a' list 'list --json' 'show --json a' graph 'graph --files' \
	'graph --format json --files' verify 'verify --json'; do
	# shellcheck disable=SC2086 # words
	run_ok $command
	case $command in *json*) jq . "$out" >/dev/null ;; esac
done

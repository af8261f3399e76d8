#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir in
echo nfc >$'in/\xc3\xa9.txt'
echo nfd >$'in/e\xcc\x81.txt'
pipeline <<'INI'
[stage:a]
command = cat {{each.f}} > {{output.o}}
foreach.f = in/*
input.i = {{each.f}}
output.o = o.txt
INI
run_ok
same "$(cat out/*/01_a/*/o.txt | sort)" $'nfc\nnfd'
echo other >$'in/e\xcc\x81.txt'
run_ok
same "$(pipeline_log | grep -c 'Stage a.*STARTING')" 1

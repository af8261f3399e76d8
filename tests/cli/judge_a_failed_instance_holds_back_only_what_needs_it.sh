#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test {{each.n}} != 2; touch {{output.o}}
foreach.n = 1
	2
	3
output.o = o.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
foreach.n = 1
	2
	3
input.i = {{a.o}}
output.o = o.txt
[stage:all]
command = cat {{input.i}} >{{output.o}}
input.i = {{b.o}}
output.o = all.txt
INI
run_fails 1 -k
ran a/1 a/2 a/3 b/1 b/3
run_fails 1 -k
ran a/2

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{each.x}}{{each.y}} >{{output.o}}
foreach.x = 1
	2
foreach.y = a
	b
output.o = o.txt
[stage:b]
command = cat {{input.i}} >{{output.o}}
input.i = {{a.o}}
output.o = all.txt
INI
run_ok
same "$(sort "$(stage_dir b)/all.txt")" $'1a\n1b\n2a\n2b'
same "$(pipeline_log | grep -c 'Stage a.*STARTING')" 4
sed -i '0,/\t2/s//\t3/' pipeline.ini
run_ok
same "$(pipeline_log | grep -c 'Stage a.*STARTING')" 2
same "$(sort out/*/02_b/all.txt)" $'1a\n1b\n3a\n3b'

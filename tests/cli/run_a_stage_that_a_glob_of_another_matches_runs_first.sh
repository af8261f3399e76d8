#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:all]
command = cat {{input.i}} >{{output.o}}
input.i = gen/*.txt
output.o = all.txt
after = a
[stage:a]
command = mkdir -p gen; echo 1 >{{output.o}}; echo 2 >{{output.p}}
track_command = no
output.o = {{root}}/gen/1.txt
output.p = {{root}}/gen/2.txt
INI
run_ok
run_ok
same "$(cat "$(stage_dir all)/all.txt")" $'1\n2'
run_ok
ran

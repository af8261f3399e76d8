#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} > {{output.o}}
input.i = -n
output.o = -rf
[stage:b]
command = cat {{input.i}} > {{output.o}}
input.i = -*
output.o = o
INI
echo 1 >./-n
run_ok
expect_file "$(stage_dir a)/-rf" 1
expect_file "$(stage_dir b)/o" 1

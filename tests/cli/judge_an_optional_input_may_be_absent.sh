#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = if [ -n "{{input.i}}" ]; then cat {{input.i}} >{{output.o}}; else echo {{input.i | else none}} >{{output.o}}; fi
input.i = in.txt
input.i.optional = yes
output.o = a.txt
INI
run_ok
expect_file "$(stage_dir a)/a.txt" none
run_ok
ran
echo 1 >in.txt
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 1
run_ok
ran
rm in.txt
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" none

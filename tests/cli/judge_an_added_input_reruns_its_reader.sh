#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = x*.txt
output.o = a.txt
INI
echo 1 >x1.txt
run_ok
echo 2 >x2.txt
run_ok
ran a
expect_reasons a input_added
expect_reason a input_added x2.txt
same "$(cat "$(stage_dir a)/a.txt")" $'1\n2'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = x*.txt
output.o = a.txt
INI
echo 1 >x1.txt
echo 2 >x2.txt
run_ok
rm x1.txt
run_ok
ran a
expect_reasons a input_removed
expect_reason a input_removed x1.txt
expect_file "$(stage_dir a)/a.txt" 2

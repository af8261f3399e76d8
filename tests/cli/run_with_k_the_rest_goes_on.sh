#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = false
output.o = a.txt
[stage:b]
command = touch {{output.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = c.txt
[stage:d]
command = cp {{input.i}} {{output.o}}
input.i = {{c.o}}
output.o = d.txt
[stage:e]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = e.txt
INI
run_fails 1 -k -j 1
ran a b e
expect_file "$(stage_dir e)/e.txt"
expect_no_file out/*/03_c/c.txt
sed -i 's/^command = false/command = touch {{output.o}}/' pipeline.ini
run_ok
ran a c d

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = rm -rf {{root}}/out/pipeline/01_a
track_command = no
output.o = a.txt
[stage:b]
command = echo 2 >{{output.o}}
output.o = b.txt
INI
run_fails 1 -k -j 1
expect_file "$(stage_dir b)/b.txt" 2
sed -i 's/^command = rm.*/command = echo 1 >{{output.o}}/' pipeline.ini
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 1

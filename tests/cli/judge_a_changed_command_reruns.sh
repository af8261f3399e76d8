#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
run_ok
sed -i 's/echo 1/echo 2/' pipeline.ini
run_ok
ran a
expect_reasons a command_changed
expect_file "$(stage_dir a)/a.txt" 2

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A manifest of another stage in the directory of this one is not taken for its own.
collect=no
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = x.txt
[stage:b]
command = echo 2 >{{output.o}}
output.o = x.txt
INI
run_ok
cp "$(stage_dir a)/manifest.json" "$(stage_dir b)/manifest.json"
cp "$(stage_dir a)/x.txt" "$(stage_dir b)/x.txt"
run_ok
ran b
expect_file "$(stage_dir b)/x.txt" 2

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = b.txt
INI
echo 1 >in.txt
env -i "$RESTAGE" >"$out" 2>"$err" </dev/null
expect_file "$(stage_dir a)/a.txt" 1
expect_file "$(stage_dir b)/b.txt" 1
run_ok
ran

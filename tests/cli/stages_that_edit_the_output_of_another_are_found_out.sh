#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# With what the index remembers and without it, the edited output is not what its stage made.
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}; echo more >>{{input.i}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
run_ok
expect_manifest a 'any(.reasons[]; .code == "output_changed")'
expect_file "$(stage_dir b)/b.txt" 1

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}; echo 2 >{{output.p}}
output.o = a.txt
output.p = sub/p.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
rm "$(stage_dir a)/sub/p.txt"
run_ok
ran a
expect_reasons a output_missing
expect_reason a output_missing "$(stage_dir a)/sub/p.txt"
expect_file "$(stage_dir a)/sub/p.txt" 2

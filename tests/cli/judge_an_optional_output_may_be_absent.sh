#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; if grep -q more {{input.i}}; then cp {{input.i}} {{output.p}}; fi
input.i = in.txt
output.o = a.txt
output.p = p.txt
output.p.optional = yes
INI
echo 1 >in.txt
run_ok
expect_no_file "$(stage_dir a)/p.txt"
run_ok
ran
echo more >in.txt
run_ok
expect_file "$(stage_dir a)/p.txt" more
run_ok
ran
echo less >in.txt
run_ok
expect_no_file "$(stage_dir a)/p.txt"
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; echo same >{{output.p}}
input.i = in.txt
output.o = a.txt
output.p = p.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{a.p}}
output.o = c.txt
INI
echo 1 >in.txt
run_ok
echo 2 >in.txt
run_ok
ran a b
expect_reasons b upstream_ran
expect_reason b upstream_ran "$(stage_dir a)/a.txt"
expect_reasons c never_ran

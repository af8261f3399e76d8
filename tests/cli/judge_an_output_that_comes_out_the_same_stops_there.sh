#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = grep -v '^#' {{input.i}} >{{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
INI
printf '# one\ntext\n' >in.txt
run_ok
printf '# two\ntext\n' >in.txt
before=$(snapshot out/*/02_b out/*/03_c)
run_ok
ran a
same "$(snapshot out/*/02_b out/*/03_c)" "$before"
run_ok
ran

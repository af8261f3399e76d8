#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = gen.txt
output.o = b.txt
INI
echo 1 >gen.txt
run_ok
cat >>pipeline.ini <<'INI'
[stage:gen]
command = echo 1 >{{output.o}}
output.o = {{root}}/gen.txt
INI
run_ok
ran gen

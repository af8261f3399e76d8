#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = in/*/*.txt
output.o = a.txt
INI
mkdir -p in/1 in/2
echo 1 >in/1/x.txt
run_ok
echo 2 >in/2/y.txt
echo 3 >in/2/y.other
run_ok
ran a
expect_reasons a input_added
expect_reason a input_added in/2/y.txt
same "$(cat out/*/01_a/a.txt)" $'1\n2'
rm -r in/1
run_ok
ran a
expect_reasons a input_removed

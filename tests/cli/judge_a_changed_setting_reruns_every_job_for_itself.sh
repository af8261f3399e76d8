#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
v = 1
[stage:a]
command = echo {{params.v}} >{{output.o}}
output.o = a.txt
INI
run_ok --job one -p v=1
run_ok --job two -p v=2
run_ok --job one -p v=1
ran
run_ok --job two -p v=2
ran
expect_file out/one/01_a/a.txt 1
expect_file out/two/01_a/a.txt 2
run_fails 2 --job ../three
expect_no_file three
expect_no_file ../three

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}; echo 2 >{{stage.dir}}/stray.tmp
output.o = a.txt
[stage:b]
command = echo half >{{output.o}}; exit 1
output.o = sub/b.txt
INI
run_fails 1 -k -j 1
same "$(find out/*/01_a -mindepth 1 -name '.*')" ""
same "$(find out/*/02_b -mindepth 1 -name '.*')" ""
expect_no_file out/*/02_b/sub/b.txt

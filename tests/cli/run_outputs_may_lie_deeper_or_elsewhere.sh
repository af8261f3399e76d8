#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}; echo 2 >{{output.d}}
output.o = sub/deep/a.txt
output.d = {{root}}/dist/new/d.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.d}}
output.o = b.txt
INI
run_ok
expect_file "$(stage_dir a)/sub/deep/a.txt" 1
expect_file dist/new/d.txt 2
expect_file "$(stage_dir b)/b.txt" 2
expect_manifest a 'any(.outputs[]; .path == "dist/new/d.txt")'
run_ok
ran
rm dist/new/d.txt
run_ok
ran a
expect_file dist/new/d.txt 2

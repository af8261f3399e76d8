#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{config.v}} >{{root}}/out/pipeline/01_a/a.txt
output.o = a.txt
config.v = 1
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
expect_file "$(stage_dir b)/b.txt" 1
expect_manifest a '.warnings | length == 1 and (tostring | test("a.txt"))'
run_ok
ran
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_ok
expect_file "$(stage_dir b)/b.txt" 2

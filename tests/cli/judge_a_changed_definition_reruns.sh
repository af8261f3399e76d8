#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}}; touch {{stage.dir}}/a.txt {{stage.dir}}/b.txt
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
echo 'output.p = b.txt' >>pipeline.ini
run_ok
ran a
expect_manifest a 'any(.reasons[]; .code == "definition_changed" or .code == "output_missing")'
run_ok
ran

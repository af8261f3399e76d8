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
echo 'input.i.track = exists' >>pipeline.ini
run_ok
expect_reasons a definition_changed
run_ok
ran

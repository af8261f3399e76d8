#!/usr/bin/env bash
# The work directory is all that tells of an attempt too young for a manifest that says running.
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = if test -e kill; then kill -KILL $(cat runner); sleep 1000; fi; touch {{output.o}}
track_command = no
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
touch kill
code=0
sh -c 'echo $$ >runner; exec "$1" run -B' sh "$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
same $code 137
rm kill
expect_file out/pipeline/01_a/.work
echo 2 >in.txt
run_ok
ran a
expect_reasons a input_changed interrupted
expect_no_file out/pipeline/01_a/.work

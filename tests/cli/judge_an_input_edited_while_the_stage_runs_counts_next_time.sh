#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; touch begun; until test -e go; do sleep 0.02; done
track_command = no
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
echo 2 >in.txt
touch go
wait $runner
expect_manifest a 'any(.warnings[]; tostring | test("in.txt"))'
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
run_ok
ran

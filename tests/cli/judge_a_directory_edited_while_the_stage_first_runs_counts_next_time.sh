#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}}/sub/x {{output.o}}; touch begun; until test -e go; do sleep 0.02; done
track_command = no
input.i = tree
output.o = a.txt
INI
mkdir -p tree/sub
echo 1 >tree/sub/x
touch -d 2020-01-01 tree/sub/x tree/sub tree
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
echo 2 >tree/sub/x
touch go
wait $runner
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
run_ok
ran

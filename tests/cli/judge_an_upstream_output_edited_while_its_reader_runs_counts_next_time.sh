#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}; touch begun; until test -e go; do sleep 0.02; done
track_command = no
input.i = {{a.o}}
output.o = b.txt
INI
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
echo 2 >out/pipeline/01_a/a.txt
touch go
wait $runner
run_ok
expect_file "$(stage_dir a)/a.txt" 1
expect_file "$(stage_dir b)/b.txt" 1
run_ok
ran

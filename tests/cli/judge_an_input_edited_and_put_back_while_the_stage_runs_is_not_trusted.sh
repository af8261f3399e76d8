#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What the stage read in between is unknown, even if the content at the end is that of the beginning.
pipeline <<'INI'
[stage:a]
command = touch begun; until test -e edited; do sleep 0.02; done; cp {{input.i}} {{output.o}}; touch read; until test -e go; do sleep 0.02; done
track_command = no
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
echo 2 >in.txt
touch edited
wait_until test -e read
echo 1 >in.txt
touch go
wait $runner
expect_file "$(stage_dir a)/a.txt" 2
run_ok
expect_file "$(stage_dir a)/a.txt" 1

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp found.txt {{output.o}}; echo '{"event":"input","path":"found.txt"}' >>"$STAGEIO_EVENTS"; touch begun; until test -e go; do sleep 0.02; done
track_command = no
output.o = a.txt
INI
echo 1 >found.txt
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
echo 2 >found.txt
touch go
wait $runner
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
run_ok
ran

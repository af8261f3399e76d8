#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{config.v}} >{{output.o}}; if test {{config.v}} = 2; then touch begun; sleep 1000; fi
track_command = no
output.o = a.txt
config.v = 1
INI
run_ok
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
"$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -e begun
kill -TERM $runner
wait $runner || true
expect_file "$(stage_dir a)/a.txt" 1
sed -i 's/sleep 1000/true/' pipeline.ini
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2

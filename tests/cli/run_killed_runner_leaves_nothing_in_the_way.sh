#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
[stage:b]
command = cat {{input.i}} >{{output.o}}; test -e go || { echo waiting; sleep 1000; }; echo end >>{{output.o}}
track_command = no
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
INI
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until grep -q waiting out/pipeline/02_b/stage.log
kill -KILL $runner
wait $runner || true
expect_no_file out/pipeline/02_b/b.txt
touch go
run_ok --no-wait
ran b c
expect_reasons b interrupted
same "$(cat out/*/03_c/c.txt)" $'1\nend'
same "$(find out/*/0* -mindepth 1 -name '.*')" ""

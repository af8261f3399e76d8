#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The helper process that would end the stages of the killed run is held up: until it goes on, they still
# write into the work directory that a new attempt would have.
pipeline <<'INI'
[stage:a]
command = echo $$ >pid; test -e go || sleep 1000; echo 1 >{{output.o}}
track_command = no
output.o = a.txt
INI
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -s pid
helper=$(ps -o ppid= -p "$(cat pid)" | tr -d ' ')
kill -STOP "$helper"
trap 'held_code=$?; set +e; kill -CONT "$helper" 2>/dev/null; (exit $held_code); finish' EXIT
kill -KILL $runner
wait $runner || true
touch go
"$RESTAGE" >"$out" 2>"$err" </dev/null &
second=$!
sleep 0.5
kill -0 "$(cat pid)" || fail "the process of the killed run is gone"
expect_no_err 'running'
kill -CONT "$helper"
wait $second
! kill -0 "$(cat pid)" 2>/dev/null || fail "the process of the killed run is still there"
expect_file out/pipeline/01_a/a.txt 1
expect_no_file out/pipeline/.restage/open

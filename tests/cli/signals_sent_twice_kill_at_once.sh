#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = trap '' TERM; echo $$ >pid; while :; do sleep 0.05; done
grace = 1000s
track_command = no
INI
env --default-signal=INT "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -s pid
kill -INT $runner
sleep 0.3
kill -0 $runner || fail "it did not wait for the stage"
kill -INT $runner
code=0
wait $runner || code=$?
same $code 130
[ ! -e "/proc/$(cat pid)" ] || fail "the stage outlived the run"

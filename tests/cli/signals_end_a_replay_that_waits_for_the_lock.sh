#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command = touch begun; until test -e go; do sleep 0.02; done
track_command = no
INI
run_ok run a
"$RESTAGE" >first 2>&1 </dev/null &
first=$!
wait_until test -e begun
"$RESTAGE" replay a >second 2>&1 </dev/null &
second=$!
sleep 0.5
kill -0 $second || fail "it did not wait: $(cat second)"
kill -TERM $second
gone() {
	[ ! -e "/proc/$second" ] || grep -q '^State:.Z' "/proc/$second/status"
}
tries=0
until gone || [ $tries = 200 ]; do
	tries=$((tries + 1))
	sleep 0.05
done
has_ended=$(gone && echo yes || echo no)
touch go
wait $first
code=0
wait $second || code=$?
same "$has_ended" yes
same $code 143

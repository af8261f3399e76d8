#!/usr/bin/env bash
# .restage was removed while a run waited for its lock: what it gets then is a lock that nobody else looks at.
. "$(dirname "$0")/lib.sh"
collect=no

mkdir started
pipeline <<'INI'
[stage:a]
command = n=$(ls started | wc -l); : >started/$n; until test -e go$n; do sleep 0.02; done; touch {{output.o}}
track_command = no
output.o = a.txt
INI
"$RESTAGE" >first 2>&1 </dev/null &
first=$!
wait_until test -e started/0
"$RESTAGE" >second 2>&1 </dev/null &
second=$!
wait_until grep -q "waiting for pid $first" second
rm -r out/*/.restage
"$RESTAGE" >third 2>&1 </dev/null &
third=$!
wait_until test -e started/1

# The first ends, and the second has its lock: it must not run beside the third, but wait for that.
touch go0
wait $first || true
decided() {
	[ -e started/2 ] || readlink /proc/$second/fd/* | grep -q '/\.restage/lock$'
}
wait_until decided
expect_no_file started/2
touch go1 go2
wait $third $second || true

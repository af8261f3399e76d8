#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo $$ >>pids; sleep 1000 & echo $! >>pids; wait
track_command = no
[stage:b]
command = echo $$ >>pids; trap '' TERM INT HUP; while :; do sleep 0.05; done
grace = 300ms
track_command = no
[stage:c]
command = touch {{output.o}}
output.o = c.txt
after = a
INI
gone() {
	local pid
	while read -r pid; do
		[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status" || return 1
	done <pids
}
three() {
	[ "$(wc -l <pids)" = 3 ]
}
for signal in INT TERM HUP; do
	: >pids
	env --default-signal=INT "$RESTAGE" -j 2 >"$out" 2>"$err" </dev/null &
	runner=$!
	wait_until three
	kill -$signal $runner
	code=0
	wait $runner || code=$?
	same $code $((128 + $(kill -l $signal)))
	gone || fail "something outlived the run after $signal"
	expect_no_file out/pipeline/03_c
done
same "$(find out -name '.*' -path '*/0*' | wc -l)" 0
run_ok -n

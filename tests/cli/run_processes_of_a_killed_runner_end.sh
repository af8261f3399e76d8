#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh -c 'echo $$ >>{{root}}/pids; sleep 1000' & echo $$ >>{{root}}/pids; setsid sh -c 'echo $$ >>{{root}}/pids; sleep 1000' & sleep 1000
track_command = no
INI
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
three() {
	[ "$(wc -l <pids)" = 3 ]
}
wait_until three
kill -KILL $runner
wait $runner || true
gone() {
	local pid
	while read -r pid; do
		[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status" || return 1
	done <pids
}
wait_until gone

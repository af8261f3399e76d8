#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sleep 1000 & echo $! >{{output.o}}
output.o = a.txt
INI
timeout 30 "$RESTAGE" >"$out" 2>"$err" </dev/null || fail "it hung or failed"
pid=$(cat "$(stage_dir a)/a.txt")
gone() {
	[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
}
wait_until gone
run_ok
ran

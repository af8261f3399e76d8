#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = (env -i setsid -f setsid -f sh -c 'echo $$ >pid; trap "" TERM HUP; while :; do sleep 0.1; done' </dev/null >/dev/null 2>&1)
	until test -s pid; do sleep 0.02; done
	touch {{output.o}}
track_command = no
output.o = a.txt
INI
timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null || fail "it hung or failed"
pid=$(cat pid)
if [ -e "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status"; then
	kill -KILL "$pid"
	fail "the daemon outlived the run"
fi

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = setsid -f sh -c 'echo $$ >{{root}}/pid; trap "" TERM HUP; while :; do sleep 0.1; done' </dev/null >/dev/null 2>&1
	until test -s pid; do sleep 0.02; done
	touch {{output.o}}
track_command = no
output.o = a.txt
INI
timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null || fail "it hung or failed"
gone() {
	[ ! -e "/proc/$(cat pid)" ] || grep -q '^State:.Z' "/proc/$(cat pid)/status"
}
gone || fail "the daemon outlived the run"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = trap '' TERM; echo begun $$ >{{root}}/pid; while :; do sleep 0.05; done
timeout = 200ms
grace = 200ms
INI
run_fails 1
expect_manifest a '.status == "failed"'
[ ! -e "/proc/$(cut -d' ' -f2 pid)" ] || fail "it is still there"

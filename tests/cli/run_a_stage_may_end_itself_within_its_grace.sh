#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done
timeout = 200ms
grace = 60s
INI
run_fails 1
log_of a | found bye

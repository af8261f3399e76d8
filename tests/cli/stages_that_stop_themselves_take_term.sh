#!/usr/bin/env bash
# A stopped process takes TERM only when it goes on: it is told to, and need not be killed after its grace.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = trap 'echo gave up; exit 3' TERM; : >ready; kill -STOP $$; exit 0
timeout = 0.5s
grace = 600s
INI
run_restage 1
expect_err 'timed out after 0.5s'
log_of a | found 'gave up'

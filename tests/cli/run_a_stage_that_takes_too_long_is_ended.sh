#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo begun; sleep 1000
timeout = 300ms
INI
run_fails 1
expect_manifest a '.status == "failed"'
expect_manifest a 'any(.errors[]; .message | test("time"))'
log_of a | found begun

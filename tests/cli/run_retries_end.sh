#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo x >>tries; exit 7
track_command = no
retries = 2
retry_delay = 0
INI
run_fails 1
same "$(wc -l <tries)" 3
expect_manifest a '.status == "failed" and .attempt == 3 and .exit_code == 7'
expect_err 'exit code 7'

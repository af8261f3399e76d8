#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test -e ok && touch {{output.o}}
track_command = no
output.o = a.txt
INI
run_fails 1
expect_manifest a '.status == "failed" and .exit_code == 1'
run_fails 1
ran a
expect_reasons a failed_before
touch ok
run_ok
ran a
expect_reasons a failed_before
expect_manifest a '.status == "success" and .exit_code == 0'

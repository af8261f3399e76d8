#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = true
output.o = a.txt
INI
run_fails 1
expect_manifest a '.status == "failed"'
expect_err 'a\.txt'
manifest a '.errors | tostring' | found 'a\.txt'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = exit 3
allow_failure = yes
[stage:b]
command = touch {{output.o}}
output.o = b.txt
INI
run_ok -j 1
ran a b
expect_manifest a '.status == "failed" and .exit_code == 3'
run_ok
ran a

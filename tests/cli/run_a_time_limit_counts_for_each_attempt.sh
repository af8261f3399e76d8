#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo x >>tries; test $(wc -l <tries) = 2 || sleep 1000; touch {{output.o}}
track_command = no
output.o = a.txt
timeout = 2s
retries = 1
retry_delay = 0
INI
run_ok
expect_manifest a '.status == "success" and .attempt == 2'

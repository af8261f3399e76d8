#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{config.v}} >{{output.o}}; echo {{config.v}} >{{output.d}}; test {{config.v}} = 1
output.o = a.txt
output.d = {{root}}/dist/d.txt
config.v = 1
INI
run_ok
before=$(snapshot out/*/01_a/a.txt dist/d.txt)
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_fails 1
same "$(snapshot out/*/01_a/a.txt dist/d.txt)" "$before"
expect_manifest a '.status == "failed" and .last_success.exit_code == 0 and (.last_success.outputs | length == 2)'
same "$(find dist -type f | wc -l)" 1

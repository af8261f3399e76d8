#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = if test {{config.v}} = 1; then echo 1 >{{output.o}}; fi
output.o = a.txt
config.v = 1
INI
run_ok
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_fails 1
expect_err 'a\.txt'
expect_file "$(stage_dir a)/a.txt" 1
expect_manifest a '.status == "failed"'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test {{config.v}} = 1; echo {{config.v}} >{{output.o}}
config.v = 1
output.o = a.txt
INI
run_ok
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_fails 1
run_fails 1
expect_manifest a '.last_success.config.v | tostring == "1"'
sed -i 's/^config.v = 2/config.v = 1/' pipeline.ini
rm -rf out/*/.restage
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = if test {{config.v}} = 1; then echo 1 >{{output.o}}; else mkdir {{output.o}}; echo 2 >{{output.o}}/x; fi
output.o = thing
config.v = 1
INI
run_ok
expect_file "$(stage_dir a)/thing" 1
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
run_ok
expect_file "$(stage_dir a)/thing/x" 2
sed -i 's/^config.v = 2/config.v = 1/' pipeline.ini
run_ok
expect_file "$(stage_dir a)/thing" 1
run_ok
ran

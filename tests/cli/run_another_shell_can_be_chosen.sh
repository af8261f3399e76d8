#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = x=(1 2); echo "${x[1]}" >{{output.o}}; false | true
output.o = a.txt
shell = bash -euo pipefail -c
INI
run_fails 1
sed -i 's/false | true/true/' pipeline.ini
run_ok
expect_file "$(stage_dir a)/a.txt" 2

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = exec >&- 2>&-; sleep 0.1; touch {{output.o}}
output.o = a.txt
INI
run_ok
expect_file "$(stage_dir a)/a.txt"

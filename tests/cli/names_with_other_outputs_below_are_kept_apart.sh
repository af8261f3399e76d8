#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = mkdir -p {{output.o}}; echo 1 >{{output.o}}/x; echo 2 >{{output.p}}
output.o = d
output.p = e/f
INI
run_ok
expect_file "$(stage_dir a)/d/x" 1
expect_file "$(stage_dir a)/e/f" 2
sed -i 's/echo 1/rm -f {{output.o}}\/x; echo 3/; s/x; echo 2/y; echo 2/' pipeline.ini
run_ok
expect_no_file "$(stage_dir a)/d/x"
expect_file "$(stage_dir a)/d/y" 3
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printenv COLOUR >{{output.o}}
output.o = a.txt
env.COLOUR = red
[stage:b]
command = printenv TASTE >{{output.o}}
output.o = b.txt
pass_env = TASTE
INI
export TASTE=sweet
run_ok
expect_file "$(stage_dir a)/a.txt" red
sed -i 's/red/blue/' pipeline.ini
run_ok
ran a
expect_reasons a env_changed
expect_reason a env_changed COLOUR
expect_file "$(stage_dir a)/a.txt" blue
export TASTE=sour
run_ok
ran b
expect_reasons b env_changed
expect_reason b env_changed TASTE
expect_file "$(stage_dir b)/b.txt" sour
UNRELATED=1 run_ok
ran

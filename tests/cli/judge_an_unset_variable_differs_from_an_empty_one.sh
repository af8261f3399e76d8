#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo "${TASTE-unset}" >{{output.o}}
output.o = a.txt
pass_env = TASTE
INI
unset TASTE
run_ok
expect_file "$(stage_dir a)/a.txt" unset
TASTE='' run_ok
ran a
expect_reasons a env_changed
expect_file "$(stage_dir a)/a.txt" ""
TASTE='' run_ok
ran
run_ok
ran a

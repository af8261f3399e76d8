#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >>trace
	false
	echo 2 >>trace
track_command = no
INI
run_fails 1
expect_file trace 1

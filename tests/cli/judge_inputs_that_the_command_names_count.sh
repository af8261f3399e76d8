#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir tools
printf 'echo 1\n' >tools/gen.sh
pipeline <<'INI'
[stage:a]
command = sh tools/gen.sh >{{output.o}}
output.o = a.txt
[stage:b]
command = sh tools/gen.sh >{{output.o}}
output.o = b.txt
track_command = no
INI
run_ok
expect_manifest a 'any(.inputs[]; .path == "tools/gen.sh" and .type == "program" and .origin == "command")'
expect_manifest b '.inputs == []'
printf 'echo 2\n' >tools/gen.sh
run_ok
ran a
expect_reasons a input_changed
expect_reason a input_changed tools/gen.sh

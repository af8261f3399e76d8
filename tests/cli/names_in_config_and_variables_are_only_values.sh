#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printf '%s\n' {{config.v}} "$V" "{{config.v}}" > {{output.o}}
config.v = $(touch X) ; `touch X` 'q' "d" %s -rf #x \n
env.V = $(touch X) ; `touch X` 'q' "d" %s -rf #x \n
output.o = o.txt
INI
run_ok
expect_no_file X
value="\$(touch X) ; \`touch X\` 'q' \"d\" %s -rf #x \\n"
expect_file "$(stage_dir a)/o.txt" "$value
$value
$value"
same "$(manifest a .config.v)" "$value"

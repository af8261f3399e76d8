#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
on = no
[stage:a]
command = touch {{output.o}}
output.o = a.txt
enabled = {{params.on}}
skip_reason = no GPU here
[stage:b]
command = touch {{output.o}}
output.o = b.txt
INI
run_ok
ran b
expect_manifest a '.status == "skipped"'
manifest a . | found 'no GPU here'
grep -q 'Stage a: SKIPPED (no GPU here)' <(pipeline_log)
run_ok -p on=yes
ran a
run_ok -p on=no
ran
run_ok -p on=yes
ran
expect_file "$(stage_dir a)/a.txt"

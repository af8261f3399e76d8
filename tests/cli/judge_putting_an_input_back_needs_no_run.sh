#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = grep good {{input.i}} >{{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo good >in.txt
run_ok
echo bad >in.txt
run_fails 1
expect_manifest a '.status == "failed" and .last_success.exit_code == 0'
expect_file "$(stage_dir a)/a.txt" good
echo good >in.txt
run_ok
ran
echo 'good again' >in.txt
run_ok
ran a b
expect_manifest a '.status == "success" and (has("last_success") | not)'

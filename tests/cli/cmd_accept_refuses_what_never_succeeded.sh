#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = false
after = a
[stage:off]
command = true
enabled = no
INI
echo 1 >in.txt
run_fails 2 accept a
expect_err 'never run'
expect_no_file out
run_fails 1
run_fails 2 accept b
expect_err "stage 'b' never succeeded"
run_fails 2 accept off
expect_err 'disabled'

# a missing output cannot be accepted, and then nothing is
cp "$(stage_dir a)/manifest.json" before
rm "$(stage_dir a)/a.txt"
run_fails 2 accept a
expect_err "a.txt' does not exist"
cmp before "$(stage_dir a)/manifest.json"
run_fails 2 accept

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; cp {{input.i}} {{output.p}}
input.i = in.txt
output.o = a.txt
output.p = p.txt
INI
echo 1 >in.txt
run_ok
echo mine >"$(stage_dir a)/a.txt"
run_ok clean
expect_out 'kept .*a.txt: it was changed'
expect_file "$(stage_dir a)/a.txt" mine
expect_no_file "$(stage_dir a)/p.txt"
# what is kept is still known: --force removes it later
run_ok clean --force
expect_no_file out/*/01_a

# a manifest that cannot be read is no reason to guess
run_ok
echo '{' >"$(stage_dir a)/manifest.json"
run_ok clean
expect_file "$(stage_dir a)/a.txt"
expect_out 'kept .*manifest.json'

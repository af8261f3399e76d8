#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What a stage does to its own input makes it out of date, not up to date with the wrong content.
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; echo more >>{{input.i}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
expect_manifest a 'any(.warnings[]; tostring | test("in.txt"))'
run_fails 1 status -q
run_ok
ran a
expect_reason a input_changed in.txt
expect_err "in.txt' changed while the stage ran: .*; it did so last time, too: .* an output with .update = yes"

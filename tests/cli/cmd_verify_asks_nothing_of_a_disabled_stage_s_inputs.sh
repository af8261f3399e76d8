#!/usr/bin/env bash
# What a disabled stage would use may change; what it made must still be as it was made.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; cat more.txt; printf 'x: more.txt\n' >{{stage.dir}}/x.d
track_command = no
depfile = x.d
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
echo 1 >more.txt
run_ok
printf '%s\n' 'enabled = no' 'skip_reason = not now' >>pipeline.ini
run_ok
echo 2 >in.txt
rm more.txt
run_ok verify
echo 2 >"$(stage_dir a)/a.txt"
run_fails 4 verify
expect_out 'changed.*a\.txt'
sed -i '/^enabled/d; /^skip/d' pipeline.ini
run_fails 4 verify
expect_out 'changed.*in\.txt'
expect_out 'missing.*more\.txt'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test ! -s {{input.i}} || cp {{input.i}} {{output.t}}
input.i = in.txt
output.t = t
output.t.temporary = yes
output.t.optional = yes
[stage:b]
command = cat {{input.t}} /dev/null > {{output.o}}
input.t = {{a.t}}
input.t.optional = yes
output.o = o
INI
echo 1 >in.txt
run_ok
expect_no_file "$(stage_dir a)/t"
: >in.txt
run_ok
ran a b
expect_file "$(stage_dir b)/o" ''
run_ok
ran
echo 1 >in.txt
run_ok
ran a b
expect_file "$(stage_dir b)/o" 1

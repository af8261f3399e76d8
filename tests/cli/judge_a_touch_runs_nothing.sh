#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
touch in.txt
run_ok
ran
touch -d '2001-01-01' in.txt
run_ok
ran
touch "$(stage_dir a)/a.txt"
run_ok
ran
cp in.txt in.new
mv in.new in.txt
run_ok
ran

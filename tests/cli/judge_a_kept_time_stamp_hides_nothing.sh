#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
touch -d '2020-01-01' in.txt
run_ok
touch -r in.txt stamp
echo 2 >in.txt
touch -r stamp in.txt
run_ok
ran a
echo 3 >other
touch -r stamp other
cp -p other in.txt
run_ok
ran a
echo 4 >other
touch -r stamp other
mv other in.txt
run_ok
ran a
printf 5 | dd of=in.txt conv=notrunc status=none
touch -r stamp in.txt
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 5

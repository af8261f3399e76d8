#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = link.txt
output.o = a.txt
INI
echo 1 >one.txt
echo 2 >two.txt
touch -r one.txt two.txt
ln -s one.txt link.txt
run_ok
ln -sfn two.txt link.txt
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
rm link.txt
cp -p two.txt link.txt
run_ok
ran
rm link.txt
mkdir link.txt
run_fails 1

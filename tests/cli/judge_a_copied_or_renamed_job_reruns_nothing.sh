#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
run_ok --job first
ran a b
cp -r out/first out/second
run_ok --job second
ran
mv out/first out/third
run_ok --job third
ran
echo 2 >in.txt
run_ok --job second
ran a b
run_fails 1 --job third status -q
run_ok --job second status -q

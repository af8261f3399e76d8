#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{each.file}} {{output.o}}
foreach.file = in/*.txt
input.i = {{each.file}}
output.o = o.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
foreach.file = in/*.txt
input.i = {{a.o}}
output.o = o.txt
[stage:all]
command = cat {{input.i}} >{{output.o}}
input.i = {{b.o}}
output.o = all.txt
INI
mkdir in
echo 1 >in/x.txt
echo 2 >in/y.txt
run_ok
ran a/x a/y b/x b/y all
expect_file out/*/01_a/x/o.txt 1
expect_file out/*/02_b/y/o.txt 2
same "$(cat out/*/03_all/all.txt)" $'1\n2'
echo 3 >in/z.txt
run_ok
ran a/z b/z all
expect_reasons all input_added
echo 22 >in/y.txt
run_ok
ran a/y b/y all
rm in/x.txt
run_ok
ran all
same "$(cat out/*/03_all/all.txt)" $'22\n3'
run_ok run b/y
ran

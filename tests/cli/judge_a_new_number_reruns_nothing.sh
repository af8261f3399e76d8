#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
expect_file out/*/01_a/a.txt
pipeline <<'INI'
[stage:new]
command = touch {{output.o}}
output.o = new.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:a]
command = touch {{output.o}}
output.o = a.txt
INI
run_ok
ran new
expect_file "$(echo out/*/03_a/a.txt)"
expect_file "$(echo out/*/02_b/b.txt)"
same "$(stage_dir a)" "$(echo out/*/03_a)"
run_ok verify
sed -i 's/^output.o = a.txt/&\nnumber = 5/' pipeline.ini
run_ok
ran
expect_file "$(echo out/*/05_a/a.txt)"
run_ok
ran
sed -i '/^number/d' pipeline.ini
rm -rf out/*/.restage
run_ok
ran
expect_file "$(echo out/*/03_a/a.txt)"

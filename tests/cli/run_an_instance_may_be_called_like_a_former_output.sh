#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 > {{output.o}}
output.o = x.txt
[stage:b]
command = echo 2 > {{output.o}}
output.o = o
INI
run_ok
cat >>pipeline.ini <<'INI'
[stage:c]
command = true
INI
sed -i '0,/^output.o = x.txt/s//output.o = o\nforeach.k = x.txt/' pipeline.ini
run_ok
ran a/x.txt c
expect_file out/pipeline/01_a/x.txt/o 1
expect_no_file out/pipeline/replaced

# A file of the user's is kept.
sed -i 's/^foreach.k = x.txt/&\n  mine/' pipeline.ini
echo keep >out/pipeline/01_a/mine
run_ok
ran a/mine
expect_file out/pipeline/01_a/mine/o 1
same "$(cat out/pipeline/replaced/*/01_a/mine)" keep
expect_manifest a/mine '.warnings | length == 1'

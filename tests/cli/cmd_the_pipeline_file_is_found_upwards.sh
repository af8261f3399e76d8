#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 > {{output.o}}
output.o = o.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = o.txt
INI
run_ok
# from within the job, by the names of directories there
cd out/pipeline
run_ok
ran
run_ok why 01_a
run_ok run 02_b
cd 02_b
run_ok status
expect_out 'up to date'
sed -i 's/echo 1/echo 2/' ../../../pipeline.ini
run_ok
ran a b
cd ../../..
run_ok
ran

mkdir -p other/pipelines other/deep
mv pipeline.ini other/pipelines/p.ini
cd other/deep
run_ok list
expect_out '1 +a'
cd ../pipelines
run_ok list
touch q.ini
run_fails 2 list
expect_err 'pipelines/ holds 2 files .*: name one with -f'
cd ../..
run_fails 2 list
expect_err "neither pipeline.ini nor a file in pipelines/, here or upwards: name one with -f"

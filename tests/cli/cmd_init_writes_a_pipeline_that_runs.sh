#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

run_ok init
expect_file pipeline.ini
run_ok check
run_ok run
ran words count
run_ok status -q
[ "$(wc -l <"$(stage_dir count)/counts.txt")" = 10 ]
run_ok run -p top=3
ran count
[ "$(wc -l <"$(stage_dir count)/counts.txt")" = 3 ]

cp pipeline.ini before
run_fails 2 init
expect_err "exists already"
same "$(cat pipeline.ini)" "$(cat before)"

# below pipelines/ the root is the directory above
mkdir pipelines
run_ok -f pipelines/more.ini init
run_ok -f pipelines/more.ini run

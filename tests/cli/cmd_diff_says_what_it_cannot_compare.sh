#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no # a record is torn

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
run_fails 2 diff
expect_err "job 'pipeline' has no runs"
run_ok
run_fails 2 diff
expect_err "job 'pipeline' has only 1 run: there is no 'last~1'"
run_fails 2 diff last pipeline
expect_err "'last' is a run and 'pipeline' is a job"
run_fails 2 diff pipeline nosuch
expect_err "there is no job 'nosuch' in 'out'"
run_fails 2 diff ../x ..
run_fails 2 diff last 19990101
expect_err "has no run '19990101'; the last one was '[0-9_]+'"
run_fails 2 diff a b c
run_ok
run_fails 2 diff 20 last
expect_err "several runs whose id begins with '20'"
run_ok diff last last
expect_out 'no stage differs'
mkdir out/2024
run_fails 2 diff 2024 pipeline
expect_err "'2024' is a run and 'pipeline' is a job"
run_ok diff job:2024 pipeline
expect_out '^never ran -> succeeded: a$'

# a log without a record, and one that is none
rm out/pipeline/logs/*.jsonl
run_fails 3 diff
expect_err "has a log, but no record"
for log in out/pipeline/logs/*.log; do echo torn >"${log%.log}.jsonl"; done
run_fails 3 diff
expect_err "is no run record"

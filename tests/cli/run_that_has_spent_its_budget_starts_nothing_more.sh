#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PATH=$BUILD:$PATH

pipeline <<'INI'
[pipeline]
budget = 2 EUR
[stage:a]
command = stageio cost 1 EUR call; stageio cost 100 USD other; touch {{output.o}}
output.o = o
[stage:b]
command = stageio cost 1 EUR call; touch {{output.o}}
input.a = {{a.o}}
output.o = o
[stage:c]
command = stageio cost 1 EUR call; touch {{output.o}}
input.b = {{b.o}}
output.o = o
[stage:d]
command = touch {{output.o}}
input.c = {{c.o}}
output.o = o
INI
run_fails 1
ran a b
expect_err "^error: this run has cost 2.00 EUR and its budget is 2.00 EUR: nothing more starts. 'restage run' goes on"
expect_err '^warning: costs in USD do not count towards the budget, which is in EUR$'
expect_err '^2 ran, 2 not run in '
pipeline_log | found -F 'Pipeline: STOPPED ('
pipeline_log | found -F 'this run has cost 2.00 EUR'
same "$(run_record | jq -r 'select(.event == "run_end").outcome')" failed
# it goes on from there; when nothing is left to start, nothing is wrong
run_ok
ran c d
run_ok
expect_err '^nothing to do'

# what a stage that runs has told so far counts, and it may end
pipeline <<'INI'
[pipeline]
budget = 2
[stage:long]
command = stageio cost 3 EUR call; touch started; while [ ! -e told ]; do sleep 0.02; done
track_command = no
[stage:first]
command = while [ ! -e started ]; do sleep 0.02; done; sleep 0.5; touch {{output.o}}
track_command = no
output.o = o
[stage:after]
command = touch told2
input.f = {{first.o}}
INI
(wait_until grep -qs 'nothing more starts' "$err"; touch told) &
run_fails 1 run -j2
wait
ran long first
expect_no_file told2
# where nothing is left to start, there is nothing to stop
rm told started
(wait_until test -e started; sleep 0.5; touch told) &
run_ok -B run long
wait
expect_no_err 'nothing more starts'

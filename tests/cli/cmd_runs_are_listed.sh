#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

collect=no # a record is taken away
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = o.txt
[stage:b]
command = grep -q good {{input.o}}
input.o = {{a.o}}
retries = 1
[stage:c]
command = true
after = b
INI
run_ok runs
expect_err 'no run yet'
same "$(cat "$out")" ''
run_ok runs --json
same "$(jq -c . "$out")" '{"schema":"restage.runs/1","pipeline":"pipeline","job":"pipeline","job_dir":"out/pipeline","runs":[],"total":{"runs":0,"cost":0,"currency":null}}'

echo bad >in.txt
run_fails 1
echo good >in.txt
run_ok
run_ok
run_ok runs
same "$(sed -E 's/^[0-9_]+ +//; s/ [0-9.]+s +/ T /; s/  +/ /g' "$out")" "$(printf '%s\n' \
	'success T 3 up to date' 'success T 3 ran: a, b, c' 'failed T 1 ran, 1 failed, 1 not run: a, b')"
run_ok runs --json
same "$(jq -c '[.runs[] | [.state, .selected, .ran, .up_to_date, .failed, .not_run, .executed]]' "$out")" \
	'[["success",3,0,3,0,0,[]],["success",3,3,0,0,0,["a","b","c"]],["failed",3,1,0,1,1,["a","b"]]]'
first=$(jq -r '.runs[2].run' "$out")
expect_file "$(jq -r '.runs[2].log' "$out")"
run_ok logs --run "$first"
expect_out 'Stage b: FAILED'

rm out/*/logs/99_pipeline_"$first".jsonl
run_ok runs
expect_out "^$first  unknown\$"

# One that is going on.
cat >>pipeline.ini <<'INI'
[stage:d]
command = while [ ! -e go ]; do sleep 0.05; done
track_command = no
INI
"$RESTAGE" run 2>/dev/null &
run=$!
is_running() { "$RESTAGE" runs | found running; }
wait_until is_running
touch go
wait $run

for _ in $(seq 20); do run_ok; done
run_ok runs
same "$(wc -l <"$out")" 20
expect_err '4 older runs: restage runs --all'
run_ok runs --all
same "$(wc -l <"$out")" 24
run_fails 2 --job nowhere runs
expect_err nowhere

#!/usr/bin/env bash
# The record of a run that was killed at once, or has just begun, is empty, or its first line is torn.
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
run_ok
run_ok run -B
last=$(jq -r .run out/pipeline/01_a/manifest.json)
record=out/pipeline/logs/99_pipeline_$last.jsonl
for head in 0 40; do
	head -c "$head" "$record" >torn
	cp torn "$record"
	for format in csv junit openlineage prometheus ro-crate trace; do
		run_ok export --format "$format"
	done
	run_ok export --format junit
	expect_out "$last|no stage|killed|pipeline"
	run_ok diff
	run_ok diff --json
	same "$(jq -r .b.name "$out")" "$last"
	run_ok report -o -
	run_ok top
	run_ok logs
done
echo '{"event": "run_begin", "schema": "restage.run/99"}' >"$record"
run_fails 3 export

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
run_ok run
run_ok run
for format in trace openlineage ro-crate junit prometheus csv; do
	run_ok export --format $format
	cp "$out" exported
	python3 "$SOURCE/tests/export/check.py" $format exported >found || fail "$format is wrong"
	if [ $format = junit ]; then
		same "$(jq -cS .stages found)" '{"a":"skipped","b":"skipped"}'
		same "$(grep -c 'message="up to date"' exported)" 2
	fi
	if [ $format = prometheus ]; then
		grep -q '^restage_run_stages{.*state="fresh"} 2$' exported
		same "$(grep -c ^restage_stage_last_success_time_seconds exported)" 2
	fi
done

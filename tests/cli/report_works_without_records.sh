#!/usr/bin/env bash
# A job of a restage that kept no records: its manifests and logs are enough. And one whose record is torn.
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = echo hello > {{output.o}}
output.o = a.txt
INI
run_ok run
cp -r out before
rm out/*/logs/*.jsonl
run_ok report -o page.html
python3 "$SOURCE/tests/lib/report_data.py" page.html >data.json
run=$(basename out/pipeline/logs/99_pipeline_*.log .log)
same "$(jq -c '[.run, .runs, .stages[0].manifest.status]' data.json)" "[\"${run#99_pipeline_}\",[],\"success\"]"
jq -e '.pipeline_log | contains("Stage a: COMPLETED")' data.json >/dev/null

for log in before/pipeline/logs/*.jsonl; do
	{
		head -n 2 "$log"
		printf '{"event": "done", \xff broken\nno json\n{"event": "log", "text": "torn'
	} >"out/pipeline/logs/$(basename "$log")"
done
run_ok report -o page.html
python3 "$SOURCE/tests/lib/report_data.py" page.html >data.json
same "$(jq -c '[.runs[].record[].event]' data.json)" '["run_begin","start"]'

# a damaged manifest is none
echo '{"stage": ' >out/pipeline/01_a/manifest.json
run_ok report -o page.html
python3 "$SOURCE/tests/lib/report_data.py" page.html >data.json
same "$(jq -c '.stages[0].manifest' data.json)" null

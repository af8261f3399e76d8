#!/usr/bin/env bash
# Without --run it is the last run that ran something; the runs before it are its history.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
data() {
	run_ok report -o page.html "$@"
	expect_err 'the report is in page.html$'
	python3 "$SOURCE/tests/lib/report_data.py" page.html >data.json
}

for i in 1 2 3; do
	echo $i >in.txt
	run_ok run
	run_ok run # nothing to do
done
mapfile -t ids < <(for log in out/pipeline/logs/*.jsonl; do jq -r '.run | values' "$log"; done |
	sort -t _ -k 1,2 -k 3n)
same ${#ids[@]} 6
data
same "$(jq -c '[.run, .runs[].run]' data.json)" "[\"${ids[4]}\",\"${ids[0]}\",\"${ids[2]}\",\"${ids[4]}\"]"
data --run last
same "$(jq -r .run data.json)" "${ids[5]}"
data --run "${ids[2]}"
same "$(jq -c '[.run, .runs[].run]' data.json)" "[\"${ids[2]}\",\"${ids[0]}\",\"${ids[2]}\"]"
jq -e --arg run "${ids[2]}" '.pipeline_log | contains($run)' data.json >/dev/null
run_fails 2 report --run 19990101_000000
expect_err "job 'pipeline' has no run '19990101_000000'"

#!/usr/bin/env bash
# Ids of runs are local times: which run is later is told by the time with its offset that it recorded, for all who say
# "last", "before" or "older".
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; cat in.txt
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
zones=(XST-14 XST0 XST+12 XST-5:30) # each next id is less, or far greater, than the one before
for n in 0 1 2 3; do
	echo "content $n" >in.txt
	TZ=${zones[$n]} run_ok run
done
ids=$(grep -h '"run_begin"' out/pipeline/logs/*.jsonl | jq -r '"\(.time | sub("\\.[0-9]+.*$"; "")) \(.run)"' | cut -d' ' -f2)
[ "$(wc -l <<<"$ids")" = 4 ]
latest=$(jq -r .run out/pipeline/01_a/manifest.json)

run_ok logs
expect_out "$latest"
run_ok export --format csv
expect_out "$latest"
run_ok diff --json
same "$(jq -r .b.name "$out")" "$latest"
run_ok why b
expect_out 'out/pipeline/01_a/a.txt was made by a'
# A record that says nothing yet, or of which nothing was written, is of the time that its id says.
echo 4 >in.txt
run_ok
last=$(jq -r .run out/pipeline/01_a/manifest.json)
: >"out/pipeline/logs/99_pipeline_$last.jsonl"
run_ok logs
expect_out "$last"
sed -i '1i [pipeline]\nkeep_runs = 2' pipeline.ini
echo 5 >in.txt
TZ=XST+11 run_ok
kept=$(jq -r .run out/pipeline/01_a/manifest.json)
[ -e "out/pipeline/logs/99_pipeline_$kept.log" ] || fail 'the newest run was removed'
same "$(find out/pipeline/logs -name '*.log' | wc -l)" 2

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no # logs by hand

pipeline <<'INI'
[pipeline]
keep_runs = 30d
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = echo 1 >{{output.o}}
output.o = b.txt
[stage:gone]
command = echo 1 >{{output.o}}
output.o = c.txt
INI
echo 1 >in.txt
run_ok
first=$(manifest a .run)
logs=$(echo out/*/logs)
# b was made long ago, and so was a stage that is defined no more
sed -i 's/"run": "[^"]*"/"run": "20200102_000000"/' out/*/02_b/manifest.json
sed -i 's/"run": "[^"]*"/"run": "20200103_000000_2"/' out/*/03_gone/manifest.json
sed -i '/stage:gone/,$d' pipeline.ini
for id in 20200101_000000 20200102_000000 20200103_000000 20200103_000000_2; do
	touch "$logs/99_pipeline_$id.log"
	echo torn >"$logs/99_pipeline_$id.jsonl"
done
touch "$logs/99_pipeline_mine.log" "$logs/notes.txt"
run_ok
ran
expect_file "$logs/99_pipeline_20200101_000000.log" "" # nothing ran: nothing is removed
echo 2 >in.txt
run_ok
ran a
expect_no_file "$logs/99_pipeline_20200101_000000.log"
expect_no_file "$logs/99_pipeline_20200101_000000.jsonl"
expect_no_file "$logs/99_pipeline_20200103_000000.log"
expect_file "$logs/99_pipeline_20200102_000000.log"
expect_file "$logs/99_pipeline_20200102_000000.jsonl"
expect_file "$logs/99_pipeline_20200103_000000_2.log"
expect_file "$logs/99_pipeline_$first.log"
expect_file "$logs/99_pipeline_mine.log"
expect_file "$logs/notes.txt"

# without keep_runs nothing is ever removed
sed -i '/keep_runs/d' pipeline.ini
touch "$logs/99_pipeline_20200101_000000.log"
echo 3 >in.txt
run_ok
expect_file "$logs/99_pipeline_20200101_000000.log"

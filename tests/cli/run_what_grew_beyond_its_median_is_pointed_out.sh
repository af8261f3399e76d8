#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = head -c "$(cat {{input.i}})" /dev/zero >{{output.o}}
input.i = size.txt
output.o = a.bin
INI
for size in 1000001 1000002 1000003; do
	echo $size >size.txt
	run_ok
	expect_no_err unusual
done
echo 5000000 >size.txt
run_ok
expect_err '^unusual: a made 4.8 MB, 5.0 times its median of 3 runs$'
pipeline_log | found '📈 Unusual: a made 4.8 MB, 5.0 times its median of 3 runs$'
run_record | jq -r 'select(.event == "notice" and .level == "WARNING").text' | found 'a made 4.8 MB'
run_ok
expect_no_err unusual

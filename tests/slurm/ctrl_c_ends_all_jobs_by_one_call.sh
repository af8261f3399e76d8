#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:long]
foreach.n = 1..4
command = echo began; sleep 1000 & echo $! > pid.{{each.n}}; wait
track_command = no
grace = 2s
output.o = o
[stage:wide]
slurm.partition = other
threads = 100
command = touch {{output.o}}
output.o = o
INI
all_began() {
	[ "$(find . -maxdepth 1 -name 'pid.*' -size +0 | wc -l)" = 4 ]
}
in_background run --executor slurm
wait_until all_began
kill -INT "$head"
begin=$(date +%s)
code=0
wait "$head" || code=$?
same $code 130
while ! no_jobs; do
	[ $(($(date +%s) - begin)) -lt 20 ] || fail "still there: $(jobs PD,R,CG)"
	sleep 0.1
done
same "$(calls scancel)" 1
for file in pid.*; do
	! kill -0 "$(cat "$file")" 2>/dev/null || fail "a process of a stage is still there"
done
for n in 1 2 3 4; do
	jq -e '.status == "failed" and .errors[0].message == "interrupted by SIGINT"' \
		"out/pipeline/01_long/$n/manifest.json" >/dev/null || fail "$(cat "out/pipeline/01_long/$n/manifest.json")"
done
same "$(find out -name .work)" ""

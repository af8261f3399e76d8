#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:wide]
slurm.partition = other
threads = 100
command = touch {{output.o}}
output.o = o
INI
in_background run --executor slurm
told() {
	"$RESTAGE" top --once >"$temp/top" 2>&1 && grep -q 'PartitionConfig' "$temp/top"
}
wait_until told
grep -qi 'queued' "$temp/top" || fail "$(cat "$temp/top")"
kill -INT "$head"
code=0
wait "$head" || code=$?
same $code 130
wait_until no_jobs

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printf '%s\n' "$TOKEN" "$OTHER" | sha256sum > {{output.o}}; sleep 2
pass_env = TOKEN
output.o = o
INI
jobs_lie_there() {
	find out/pipeline/jobs -name '*.out' | found .
}
export TOKEN=CANARY-7315 OTHER=CANARY-8642
in_background run --executor slurm
wait_until jobs_lie_there
cp -R out while-it-ran
code=0
wait "$head" || code=$?
same $code 0
same "$(cat out/pipeline/01_a/o)" "$(printf '%s\n' "$TOKEN" "$OTHER" | sha256sum)"
! grep -rl -e CANARY out while-it-ran || fail "a value of the environment is on disk"

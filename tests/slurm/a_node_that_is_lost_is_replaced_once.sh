#!/usr/bin/env bash
# The node's daemon is killed, and what it started lives on and writes until the end.
bed_settings='SlurmdTimeout=10'
. "$(dirname "$0")/lib.sh"

cat >writer.sh <<'SH'
trap '' TERM HUP INT
echo $$ >>pids
number=$(wc -l <pids)
[ "$number" != 1 ] || while [ ! -e over ]; do
	echo first >>"$1"
	sleep 0.1
done
echo "$number" >"$1"
SH
pipeline <<'INI'
[stage:a]
command = sh writer.sh {{output.o}}
track_command = no
output.o = o
INI
in_background run --executor slurm
wait_until test -s pids
first=$(cat pids)
daemon slurmd KILL
is_lost() {
	jobs NF | found .
}
wait_until is_lost
kill -0 "$first" || fail "the first process should have lived until now"
daemon slurmd start
code=0
wait "$head" || code=$?
same $code 0
same "$(wc -l <pids)" 2
same "$(cat out/pipeline/01_a/o)" 2
log_of a | found NODE_FAIL
touch over
wait_until sh -c "! kill -0 $first"
same "$(cat out/pipeline/01_a/o)" 2
run_ok run --executor slurm
expect_err '^nothing to do'
run_ok verify

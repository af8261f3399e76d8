#!/usr/bin/env bash
# KILLS: how often the head is killed; behind the first three at random instants, in fives
. "$(dirname "$0")/lib.sh"

once_work
pipeline <<'INI'
[stage:a]
foreach.n = 1..6
command = sh once.sh {{stage.attempt}} 0.3 > {{output.o}}
output.o = o
[stage:b]
foreach.n = 1..6
command = sh once.sh {{stage.attempt}} 0.3 > {{output.o}}
after = a
output.o = o
[stage:c]
command = cat {{input.all}} > {{output.o}} && sh once.sh {{stage.attempt}} 2
input.all = {{b.o}}
output.o = o
INI
stages=({a,b}.{1..6} c)
kill_head() {
	kill -KILL "$head" 2>/dev/null || true
	wait "$head" 2>/dev/null || true
}
results() {
	[ -n "$(find out/pipeline/jobs/done -type f 2>/dev/null)" ]
}
is_called() {
	[ "$(calls sbatch)" -ge "$1" ]
}
is_there() {
	[ "$(find ran -mindepth 1 | wc -l)" -ge "$1" ]
}

# as soon as the first jobs were handed over
in_background run --executor slurm
wait_until is_called 1
kill_head
# while some run, and some have ended
in_background run --executor slurm
wait_until is_there 9
jobs R,PD | sort >before
kill_head
# nobody is there while they end
wait_until no_jobs
in_background run --executor slurm
wait_until is_there 13
kill_head
run_ok run --executor slurm
expect_once "${stages[@]}"
same "$(cat out/pipeline/03_c/o)" "$(printf 'b/%s\n' 1 2 3 4 5 6)"
jq -r .executor.job_id out/pipeline/0[12]_?/*/manifest.json | sort >recorded
while read -r job task _; do
	grep -qx "${job}_$task" recorded || fail "job ${job}_$task is in no manifest: $(cat recorded)"
done <before
run_ok run --executor slurm
expect_err '^nothing to do: 13 up to date'
run_ok verify

for _ in $(seq 8 5 "${KILLS:-3}"); do
	rm -rf out ran twice
	mkdir ran
	for _ in 1 2 3 4 5; do
		in_background run --executor slurm
		sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
		kill_head
	done
	run_ok run --executor slurm
	expect_once "${stages[@]}"
done

#!/usr/bin/env bash
# Killed within a second of a submission, a controller takes up jobs that have ended meanwhile, and starts them again.
bed_settings='KillWait=5'
. "$(dirname "$0")/lib.sh"

once_work
pipeline <<'INI'
[stage:a]
foreach.n = 1..5
command = sh once.sh {{stage.attempt}} {{each.n}} > {{output.o}}
output.o = o
[stage:b]
foreach.n = 1..5
command = sh once.sh {{stage.attempt}} 0 > {{output.o}}
after = a
output.o = o
INI
is_called() {
	[ "$(calls sbatch)" -ge "$1" ]
}
# as an administrator does: what the controller took for broken is of use
resume() {
	PATH=$slurm_path scontrol update "nodename=$(hostname -s)" state=resume 2>/dev/null || true
}
in_background run --executor slurm
for call in 1 2; do
	wait_until is_called $call
	sleep "0.$((RANDOM % 10))"
	daemon slurmctld KILL
	sleep $((call * 3))
	daemon slurmctld start
	sleep 2
	resume
done
while kill -0 "$head" 2>/dev/null; do
	sleep 5
	resume
done
code=0
wait "$head" || code=$?
same $code 0
# what it forgot before anybody ran it is a later attempt
expect_no_file twice
same "$(find ran -mindepth 1 -printf '%f\n' | cut -d. -f1,2 | sort)" "$(printf '%s\n' {a,b}.{1..5})"

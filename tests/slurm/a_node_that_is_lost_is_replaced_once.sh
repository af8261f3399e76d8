#!/usr/bin/env bash
# The node's daemon is killed, alone or with all that stands between it and the stage. Alone, it has Slurm's step end
# the stage as soon as it is back; else the stage's process lives on and writes until the end.
bed_settings='SlurmdTimeout=10'
. "$(dirname "$0")/lib.sh"

cat >writer.sh <<'SH'
trap '' TERM HUP INT
echo $$ >>pids
number=$(wc -l <pids)
beats() {
	wc -l <beats
}
if [ "$number" = 1 ]; then
	exec 2>/dev/null 3>>"$1" # nobody reads what it complains of, which would be its end
	while [ ! -e over ]; do
		echo first >&3
		echo first >>"$1"
		echo >>beats
		sleep 0.1
	done
fi
echo "$number" >"$1"
seen=$(beats)
while [ -e lives ] && [ "$(beats)" -lt $((seen + 3)) ]; do
	sleep 0.1
done
SH
pipeline <<'INI'
[stage:a]
command = sh writer.sh {{output.o}}
track_command = no
output.o = o
INI
is_lost() {
	jobs NF | found .
}
# Slurm's step and restage's own processes, stopped first so that none can act for another
kill_what_is_between() {
	local pid=$1 all=()
	until [[ $(ps -o comm= -p "$pid") == slurmstepd* ]]; do
		pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
		kill -STOP "$pid"
		all+=("$pid")
	done
	kill -KILL "${all[@]}"
}

more_beats() {
	[ "$(wc -l <beats)" -ge $((seen + 3)) ]
}

for who in slurmd 'slurmd and the step'; do
	rm -rf out pids over beats lives
	[ "$who" = slurmd ] || touch lives
	in_background run --executor slurm
	wait_until test -s pids
	first=$(cat pids)
	daemon slurmd KILL
	[ "$who" = slurmd ] || kill_what_is_between "$first"
	wait_until is_lost
	kill -0 "$first" || fail "the first process should have lived until now"
	daemon slurmd start
	code=0
	wait "$head" || code=$?
	same $code 0
	if [ -e lives ]; then
		kill -0 "$first" || fail "the first process should have lived until the second one's outputs were taken"
		seen=$(wc -l <beats)
		wait_until more_beats
		rm lives
	fi
	same "$(wc -l <pids)" 2
	same "$(cat out/pipeline/01_a/o)" 2
	log_of a | found NODE_FAIL
	expect_manifest a '.status == "success" and .attempt == 2'
	touch over
	wait_until sh -c "! kill -0 $first"
	same "$(cat out/pipeline/01_a/o)" 2
	run_ok run --executor slurm
	expect_err '^nothing to do'
	run_ok verify
done

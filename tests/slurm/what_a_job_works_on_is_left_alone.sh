#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:before]
command = echo b >{{output.o}}
output.o = o
[stage:long]
command = touch started; while [ ! -e go ]; do sleep 0.1; done; echo l >{{output.o}}
output.o = o
executor = slurm
INI
touch go
run_ok run
rm go started
in_background run -B long --only
wait_until test -e started
kill -KILL "$head"
wait "$head" || true
job=$(jobs R | sed 's/^\([0-9]*\) \([0-9]*\).*/\1_\2/')

# whoever changes a job's files is refused, and told of the job
snapshot out >before
for command in 'accept before' clean 'clean long' 'clean --replaced' 'replay --check before'; do
	# shellcheck disable=SC2086 # words
	run_fails 3 $command
	expect_err "job $job on .* may still work for stage 'long'"
done
run_ok clean -n
run_ok status
same "$(snapshot out | grep -v '/\.restage')" "$(grep -v '/\.restage' before)"

touch go
wait_until no_jobs
run_ok accept before

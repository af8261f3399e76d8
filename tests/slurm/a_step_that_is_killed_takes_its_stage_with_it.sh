#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo $$ >> pids; test -e go || sleep 1000; touch {{output.o}}
track_command = no
output.o = o
retries = 1
INI
in_background run --executor slurm
wait_until test -s pids
pid=$(cat pids)
step=$(step_above "$pid")
touch go
kill -KILL "$step"
wait_until sh -c "! kill -0 $pid"
code=0
wait "$head" || code=$?
same $code 0
same "$(wc -l <pids)" 2

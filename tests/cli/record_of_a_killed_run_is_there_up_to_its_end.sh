#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The record can be followed while the run goes on, and what is there when it is killed stays.
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
[stage:b]
command = sleep 1000
after = a
INI
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
started() { # of nothing jq -e says yes
	jq 'select(.event == "start" and .stage == "b")' out/pipeline/logs/*.jsonl | grep -q .
}
wait_until started
told() {
	jq -r 'select(.event != "sample").event' out/pipeline/logs/*.jsonl
}
same "$(told)" $'run_begin\nstart\ndone\nstart'
same "$(jq -r 'select(.event == "run_begin").pid' out/pipeline/logs/*.jsonl)" $runner
kill -KILL $runner
wait $runner || true
same "$(told)" $'run_begin\nstart\ndone\nstart'

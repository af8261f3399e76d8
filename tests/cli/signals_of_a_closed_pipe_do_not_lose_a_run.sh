#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The reader of our output goes away: the run goes on, and ends with its manifests.
pipeline <<'INI'
[stage:w]
command = true {{each.n}}
foreach.n = 1
	2
	3
	4
	5
	6
	7
	8
INI
mkfifo pipe
"$RESTAGE" -j 1 >pipe 2>&1 </dev/null &
runner=$!
head -c 1 <pipe >/dev/null
wait $runner || true
run_ok
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:w]
command = echo {{each.n}} >>count; sleep 0.02
track_command = no
foreach.n = 1
	2
	3
	4
INI
pids=()
for ((i = 0; i < 12; i++)); do
	"$RESTAGE" -j 4 >/dev/null 2>&1 </dev/null &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || fail "one failed"
done
same "$(sort count)" $'1\n2\n3\n4'

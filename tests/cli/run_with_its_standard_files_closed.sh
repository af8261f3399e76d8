#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo out; echo err >&2; cat; echo 1 >{{output.o}}
output.o = a.txt
INI
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	rm -rf out
	code=0
	eval "\"\$RESTAGE\" run $closed" || code=$?
	[ $code = 0 ] || [ $code = 3 ] || fail "exit code $code with $closed"
	same "$(cat out/*/01_a/a.txt)" 1
	jq -e '.status == "success"' out/*/01_a/manifest.json >/dev/null
	same "$(grep -cE '\[INFO\] (out|err)$' out/*/01_a/stage.log)" 2
	! grep -rlE 'restage: ' out || fail 'what was meant for a terminal lies in a file'
	# Closed is as good as /dev/null: nothing else is taken for it.
	eval "\"\$RESTAGE\" status $closed" || fail "status with $closed"
	eval "\"\$RESTAGE\" run -B $closed" || fail "run -B with $closed"
	! grep -rlE 'running \(|done in|ran in' out/*/.restage out/*/graph.dot || fail 'what was printed lies in a file'
done

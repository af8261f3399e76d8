#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
for command in help status list graph 'logs a'; do
	code=0
	# shellcheck disable=SC2086
	"$RESTAGE" $command >/dev/full 2>e </dev/null || code=$?
	same $code 3
	grep -q 'cannot write standard output' e
	# a reader that has gone wants no message
	# shellcheck disable=SC2086
	{ "$RESTAGE" $command 2>e </dev/null || [ $? = 141 ]; } | true
	same "$(cat e)" ""
	# nor does one that was never there
	# shellcheck disable=SC2086
	"$RESTAGE" $command >&- 2>e </dev/null
	same "$(cat e)" ""
done

# with all descriptors closed nothing lands in a file that was opened meanwhile
"$RESTAGE" run -B <&- >&- 2>&-
run_ok verify

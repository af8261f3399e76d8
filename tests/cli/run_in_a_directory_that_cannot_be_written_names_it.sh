#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
if [ "$(id -u)" = 0 ]; then
	# Root may write everywhere; where a file lies in the way it cannot.
	echo in the way >out
else
	mkdir out
	chmod 555 out
fi
run_fails 3
expect_err '(^|[^a-z])out'
rm -rf out
run_ok

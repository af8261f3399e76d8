#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

for path in ../x /tmp/restage-x-$$ '{{root}}/../x' sub/../../../../x; do
	pipeline <<INI
[stage:a]
command = touch {{output.o}}
output.o = $path
INI
	run_fails 2
	expect_err '^pipeline\.ini:[0-9]+: '
	expect_no_file out
	expect_no_file ../x
done

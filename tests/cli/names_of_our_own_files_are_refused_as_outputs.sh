#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

for path in manifest.json stage.log ./manifest.json; do
	pipeline <<INI
[stage:a]
command = echo 1 >{{output.o}}
output.o = $path
INI
	run_fails 2
	expect_err 'pipeline\.ini:[0-9]+: '
done

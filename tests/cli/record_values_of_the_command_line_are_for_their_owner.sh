#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
token = none
[stage:a]
command = echo > {{output.o}}
config.token = {{params.token}}
output.o = o
INI
for token in first second; do
	run_ok -p token=$token run
	same "$(stat -c %a out/*/.restage/index)" 600
done
echo 'old, and readable' >out/pipeline/.restage/index
chmod 644 out/pipeline/.restage/index
run_ok -p token=third run
same "$(stat -c %a out/*/.restage/index)" 600

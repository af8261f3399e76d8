#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Something else than a file in the place of the lock is an error, or nothing; it is no reason to wait.
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = o
INI
run_ok
rm out/pipeline/.restage/lock
mkfifo out/pipeline/.restage/lock
for command in status graph 'why a' 'run -n'; do
	# shellcheck disable=SC2086
	timeout 30 "$RESTAGE" $command >"$out" 2>"$err" </dev/null || fail "'$command' ended with $?"
done
code=0
timeout 30 "$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
same $code 3
expect_err "out/pipeline/.restage/lock"

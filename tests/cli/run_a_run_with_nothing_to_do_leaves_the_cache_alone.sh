#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[cache]
dir = cache
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = o
INI
echo 1 >in.txt
run_ok
run_ok
before=$(snapshot cache)
ASAN_OPTIONS=detect_leaks=0 strace -f -o "$temp/trace" -e trace=file,read "$RESTAGE" 2>"$err"
expect_err 'nothing to do'
! grep -E 'cache/|libcrypto|libcurl' "$temp/trace" || fail 'the cache was looked at'
same "$(snapshot cache)" "$before"

# Looking puts nothing there, either.
touch in.txt
for command in status 'run -n' 'why a' verify; do
	# shellcheck disable=SC2086
	run_ok $command
done
same "$(snapshot cache)" "$before"

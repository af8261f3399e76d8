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
run_traced() {
	ASAN_OPTIONS=detect_leaks=0 strace -f -o "$temp/trace" -e trace=file,read,connect "$RESTAGE" "$@" 2>"$err"
	expect_err 'nothing to do'
	! grep -E '"(\./)?cache/|libcrypto|libcurl|connect' "$temp/trace" || fail 'the cache was looked at'
}
run_traced
# nor a server
run_traced --cache http://127.0.0.1:1/cache
sed -i 's|^dir = .*|url = http://127.0.0.1:1/cache|' pipeline.ini
run_ok
run_traced
sed -i 's|^url = .*|dir = cache|' pipeline.ini
run_ok
same "$(snapshot cache)" "$before"

# Looking puts nothing there, either.
touch in.txt
for command in status 'run -n' 'why a' verify; do
	# shellcheck disable=SC2086
	run_ok $command
done
same "$(snapshot cache)" "$before"

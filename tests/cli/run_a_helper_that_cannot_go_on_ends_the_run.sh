#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Of the processes here only the helper sends with sendto and waits with waitid: it cannot tell how a command
# ended, or not learn it. Nobody may wait for that.
collect=no
pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
INI

# fails INJECTION: a run with it ends with 3, and the next one heals
fails() {
	local code=0
	rm -rf out pid
	# shellcheck disable=SC2016 # the inner shell's
	ASAN_OPTIONS=detect_leaks=0 timeout -k 5 20 strace -f -qq -o trace -e "trace=${1%%:*}" -e "inject=$1" \
		sh -c 'echo $$ >pid; exec "$RESTAGE" run' >"$out" 2>"$err" </dev/null &
	wait $! || code=$?
	kill -KILL "$(cat pid)" 2>/dev/null || true # if it hangs
	found INJECTED trace
	same "$code" 3
	expect_err "the process that starts the stages .* was killed; run again"
	run_ok
	expect_file "$(stage_dir a)/a.txt"
}

fails sendto:error=ENOSPC:when=1
fails waitid:error=EMFILE:when=1+
fails wait4:error=EMFILE:when=1+

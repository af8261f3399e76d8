#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The second message about the second command is not sent: the helper would wait for it for ever, and tell
# nothing of the first command any more.
collect=no
pipeline <<'INI'
[stage:a]
command = touch begun; sleep 0.5; touch {{output.o}}
output.o = a.txt
[stage:b]
command = touch {{output.o}}
output.o = b.txt
INI
code=0
# shellcheck disable=SC2016 # the inner shell's
ASAN_OPTIONS=detect_leaks=0 timeout -k 5 20 strace -qq -o trace -e trace=sendmsg -e inject=sendmsg:error=EIO:when=4 \
	sh -c 'echo $$ >pid; exec "$RESTAGE" run -k -j 2' >"$out" 2>"$err" </dev/null &
wait $! || code=$?
kill -KILL "$(cat pid)" 2>/dev/null || true # if it hangs
same "$code" 3
found INJECTED trace
expect_err "cannot send a command to 'the warden': "
run_ok
expect_file "$(stage_dir a)/a.txt"
expect_file "$(stage_dir b)/b.txt"

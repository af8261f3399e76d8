#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
sanitizers_leave_traces_alone

# A long run writes down now and then what it knows: after kill -9 the contents of inputs are not read again.
pipeline <<'INI'
[stage:a]
command = echo $$ >pid; test -e go || sleep 1000; cksum <{{input.i}} >{{output.o}}
track_command = no
input.i = in
output.o = a.txt
INI
head -c 100000 /dev/zero >in
sleep 0.1 # until its time stamp is no longer too young to be trusted
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until test -s pid
wait_until test -s out/pipeline/.restage/index
kill -KILL $runner
wait $runner || true
touch go
strace -f -qq -b execve -o "$temp/trace" -e trace=openat "$RESTAGE" >"$out" 2>"$err" </dev/null
expect_file out/pipeline/01_a/a.txt
! found '"in"' <"$temp/trace" || fail "the input was read again"
found '/a.txt"' <"$temp/trace" || fail "the trace does not show what is read"

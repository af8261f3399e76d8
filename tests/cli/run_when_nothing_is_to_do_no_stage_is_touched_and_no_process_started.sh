#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

sanitizers_leave_traces_alone

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cat {{input.i}} | tr a b >{{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
run_ok
run_ok
before=$(snapshot out/*/0* out/*/graph.dot in.txt pipeline.ini)
strace -f -qq -o trace -e trace=process,openat "$RESTAGE" >"$out" 2>"$err" </dev/null
same "$(snapshot out/*/0* out/*/graph.dot in.txt pipeline.ini)" "$before"
! grep -E 'execve\(' trace | tail -n +2 | grep . || fail "it started a program"
! grep -E '(fork|clone)[^ ]*\(' trace | grep -v CLONE_THREAD || fail "it started a process"
! grep -E '"[^"]*(in\.txt|a\.txt|b\.txt)"' trace || fail "it read a file"
! grep -E '0[12]_[ab].*O_(WRONLY|RDWR|CREAT)' trace || fail "it wrote to a stage's directory"

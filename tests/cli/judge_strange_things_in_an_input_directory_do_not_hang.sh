#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = ls {{input.i}} | wc -l >{{output.o}}
input.i = tree
output.o = a.txt
INI
mkdir -p tree/sub
ln -s . tree/loop
ln -s loop2 tree/loop2
ln -s nowhere tree/dangling
ln -s / tree/all
mkfifo tree/pipe
code=0
timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
case $code in
0) run_ok && ran ;;
1 | 2 | 3) expect_err tree ;;
*) fail "exit code $code" ;;
esac

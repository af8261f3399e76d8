#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Linux answers EAGAIN where another holds the lock. EACCES comes from a file system or a security module
# that allows nobody to lock: to wait for that would be to wait for ever.
pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
INI
code=0
ASAN_OPTIONS=detect_leaks=0 timeout -k 5 20 strace -qq -o trace -e trace=fcntl -e inject=fcntl:error=EACCES:when=1+ \
	"$RESTAGE" run >"$out" 2>"$err" </dev/null || code=$?
same "$code" 3
found F_OFD_SETLK trace
expect_err "cannot lock 'out/pipeline/.restage/lock': "
expect_no_err waiting

# a file system that keeps no locks
code=0
ASAN_OPTIONS=detect_leaks=0 timeout -k 5 20 strace -qq -o trace -e trace=fcntl -e inject=fcntl:error=ENOLCK:when=1+ \
	"$RESTAGE" run >"$out" 2>"$err" </dev/null || code=$?
same "$code" 3
expect_err "cannot lock 'out/pipeline/.restage/lock': No locks available: have its file system mounted with locks"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A server that takes a request and answers nothing, and a helper that cannot go on meanwhile.
collect=no
python3 - "$temp/url" <<'PY' &
import os, socket, sys, time
with socket.create_server(("127.0.0.1", 0)) as server, open(sys.argv[1] + ".new", "w") as file:
    file.write(f"http://127.0.0.1:{server.getsockname()[1]}")
    file.close()
    os.rename(file.name, sys.argv[1])
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.1)
PY
wait_until [ -e "$temp/url" ]
pipeline <<INI
[cache]
url = $(cat "$temp/url")
timeout = 10m
[stage:asked]
command = touch {{output.o}}
output.o = o
[stage:runs]
command = touch {{output.o}}
output.o = o
cache = no
INI
code=0
ASAN_OPTIONS=detect_leaks=0 timeout -k 5 100 strace -f -qq -o trace -e trace=waitid -e inject=waitid:error=EMFILE:when=1+ \
	"$RESTAGE" run >"$out" 2>"$err" </dev/null || code=$?
found INJECTED trace
same "$code" 3
expect_err 'was killed; run again'

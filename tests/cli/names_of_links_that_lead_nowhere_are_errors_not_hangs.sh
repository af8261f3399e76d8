#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cat {{input.i}} > {{output.o}}
input.i = in.txt
output.o = o.txt
INI
fails() {
	local code=0
	timeout 60 "$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
	[ $code = 1 ] || [ $code = 2 ] || [ $code = 3 ] || fail "exit code $code"
	grep -q 'in\.txt' "$err" || fail 'the file is not named'
}
ln -s nowhere in.txt
fails
ln -sfn in.txt in.txt
fails
rm in.txt
mkfifo in.txt
fails
rm in.txt
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("in.txt")'
fails

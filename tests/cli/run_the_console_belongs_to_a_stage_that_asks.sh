#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = read -r line; echo "got $line"; echo "$line" >{{output.o}}
output.o = a.txt
console = yes
[stage:b]
command = if read -r line; then echo "got $line"; fi; touch {{output.o}}
output.o = b.txt
INI
code=0
echo typed | "$RESTAGE" run -j 1 >"$out" 2>"$err" || code=$?
same $code 0
cat "$out" "$err" | found 'got typed' || fail "its output did not reach the console"
expect_file "$(stage_dir a)/a.txt" typed
! log_of b | found '\[INFO\] got' || fail 'it read what was not meant for it'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkfifo tokens
exec 5<>tokens
printf 'ab' >&5
export MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/tokens"
pipeline <<'INI'
[stage:w]
command = echo + >>trace; sleep 0.03; echo - >>trace; test {{each.n}} != 4
track_command = no
foreach.n = 1
	2
	3
	4
	5
	6
INI
run_fails 1 -k -j 8
most=$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)
[ "$most" -le 3 ] || fail "$most at once with two tokens"
same "$(grep -c + trace)" 6
IFS= read -r -t 10 -n 2 back <&5
same "$(printf %s "$back" | fold -w1 | sort | tr -d '\n')" ab

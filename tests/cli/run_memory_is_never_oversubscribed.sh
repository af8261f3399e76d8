#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:w]
command = echo + >>trace; sleep 0.02; echo - >>trace; touch {{output.o}}
track_command = no
foreach.n = 1
	2
	3
	4
memory = 2G
output.o = o.txt
INI
run_ok -j 4 --memory 3G
same "$(grep -c + trace)" 4
same "$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)" 1

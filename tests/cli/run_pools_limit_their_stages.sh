#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pools]
disk = 1
[stage:w]
command = echo + >>trace; sleep 0.02; echo - >>trace; touch {{output.o}}
track_command = no
foreach.n = 1
	2
	3
	4
	5
pool = disk
output.o = o.txt
INI
run_ok -j 5
same "$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)" 1

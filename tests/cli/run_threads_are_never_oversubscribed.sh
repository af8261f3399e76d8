#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:w]
command = echo + >>trace; test {{stage.threads}} = 2; sleep 0.02; echo - >>trace; touch {{output.o}}
track_command = no
foreach.n = 1
	2
	3
	4
threads = 2
output.o = o.txt
INI
run_ok -j 4 --threads 3
same "$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)" 1
: >trace
# One that wants more than there are still runs, alone.
run_ok -B -j 4 --threads 1
same "$(grep -c + trace)" 4
same "$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)" 1

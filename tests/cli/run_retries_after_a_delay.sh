#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = date +%s%N >>tries; test $(wc -l <tries) = 3 && touch {{output.o}}
track_command = no
output.o = a.txt
retries = 2
retry_delay = 200ms
INI
run_ok
same "$(wc -l <tries)" 3
expect_manifest a '.status == "success" and .attempt == 3'
expect_file "$(stage_dir a)/a.txt"
gap=$(awk 'NR > 1 { d = ($1 - last) / 1e6; if (m == "" || d < m) m = d } { last = $1 } END { print int(m) }' tries)
[ "$gap" -ge 199 ] || fail "only $gap ms between two attempts"
grep -q 'STARTING' <(pipeline_log)

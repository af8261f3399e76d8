#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = until test -e begun; do sleep 0.02; done; exit 1
track_command = no
[stage:b]
command = touch begun; until grep -q 'FAILE[D]' out/*/logs/*; do sleep 0.02; done; touch {{output.o}}
track_command = no
output.o = b.txt
[stage:c]
command = touch {{output.o}}
output.o = c.txt
after = b
INI
run_fails 1 -j 2
ran a b
expect_manifest b '.status == "success"'
expect_no_file out/*/03_c/c.txt

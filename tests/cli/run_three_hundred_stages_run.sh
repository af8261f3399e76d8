#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

collect=no # so many
pipeline <<'INI'
[stage:w]
command = true {{each.n}}
foreach.n = n*
INI
for ((i = 0; i < 300; i++)); do : >"n$i"; done
run_ok -j 8
same "$(find out -path "*_w/*/manifest.json" | wc -l)" 300
run_ok
ran

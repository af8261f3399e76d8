#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# The index only saves time: what it remembers never hides a manifest that cannot be read.
collect=no
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
run_ok
run_ok
ran
dir=$(stage_dir a)
head -c 100 "$dir/manifest.json" >torn
cp torn "$dir/manifest.json"
run_ok
ran a
expect_reasons a manifest_unreadable

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

collect=no
pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
run_ok
dir=$(stage_dir a)
python3 -c 'print("{\"schema\":\"restage.manifest/1\",\"x\":" + "[" * 100000 + "]" * 100000 + "}")' \
	>"$dir/manifest.json"
run_ok
ran a
expect_reasons a manifest_unreadable

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printf 'error: \377\376 \001 "quoted" \\ \342\200\250\n' >&2; exit 1
INI
run_fails 1
python3 -c 'import json, sys; json.loads(open(sys.argv[1], "rb").read().decode("utf-8"))' "$(stage_dir a)/manifest.json"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = env >{{output.o}}; cat "$STAGEIO_CONFIG" >{{output.c}}; pwd >>{{output.o}}
output.o = a.txt
output.c = c.json
config.n = 7
config.s = a b
env.OWN = x y
INI
run_ok
dir=$(stage_dir a)
grep -qx 'OWN=x y' "$dir/a.txt"
grep -qx 'STAGEIO_STAGE=a' "$dir/a.txt"
for name in EVENTS STAGE_DIR OUTPUT_DIR JOB_DIR CONFIG RUN; do
	grep -q "^STAGEIO_$name=." "$dir/a.txt" || fail "no STAGEIO_$name"
done
grep -qx "STAGEIO_ROOT=$PWD" "$dir/a.txt"
grep -qx "$PWD" "$dir/a.txt"
same "$(jq -r '.s' "$dir/c.json")" 'a b'

# logs are live; what the user says stands
grep -qx 'PYTHONUNBUFFERED=1' "$dir/a.txt"
echo 'env.PYTHONUNBUFFERED = 0' >>pipeline.ini
run_ok
grep -qx 'PYTHONUNBUFFERED=0' "$dir/a.txt"

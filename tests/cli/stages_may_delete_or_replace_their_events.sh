#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = rm -f "$STAGEIO_EVENTS"; mkdir "$STAGEIO_EVENTS"; touch {{output.o}}
track_command = no
output.o = a.txt
[stage:b]
command = rm -f "$STAGEIO_EVENTS"; mkfifo "$STAGEIO_EVENTS"; touch {{output.o}}
track_command = no
output.o = b.txt
INI
code=0
timeout 60 "$RESTAGE" -k >"$out" 2>"$err" </dev/null || code=$?
[ $code = 0 ] || [ $code = 1 ] || fail "exit code $code"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p src/deep
echo mine >src/deep/mine.txt
pipeline <<'INI'
[stage:a]
command = echo '{"event":"intermediate","path":"src","retained":false}' >>"$STAGEIO_EVENTS"; touch {{output.o}}
track_command = no
output.o = a.txt
INI
"$RESTAGE" >"$out" 2>"$err" </dev/null || true
expect_file src/deep/mine.txt mine

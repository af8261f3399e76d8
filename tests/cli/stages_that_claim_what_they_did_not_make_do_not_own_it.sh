#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A file that was there before and that the stage did not write is not removed by clean.
echo mine >mine.txt
mkdir tree
echo mine >tree/mine.txt
pipeline <<'INI'
[stage:a]
command = sh claim.sh; touch {{output.o}}
output.o = a.txt
INI
cat >claim.sh <<'SH'
for path in mine.txt tree "$PWD/pipeline.ini" "$PWD/mine.txt" "$PWD/tree"; do
	printf '{"event":"output","path":"%s"}\n' "$path" >>"$STAGEIO_EVENTS"
done
SH
"$RESTAGE" >"$out" 2>"$err" </dev/null || true
"$RESTAGE" clean >"$out" 2>"$err" </dev/null || true
expect_file mine.txt mine
expect_file tree/mine.txt mine
expect_file pipeline.ini

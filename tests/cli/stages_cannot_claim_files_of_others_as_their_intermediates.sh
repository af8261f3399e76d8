#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# What a stage reports as not retained is deleted: only what it made itself may go.
echo mine >mine.txt
pipeline <<'INI'
[stage:a]
command = sh claim.sh; touch {{output.o}}
output.o = a.txt
INI
cat >claim.sh <<'SH'
for path in mine.txt pipeline.ini claim.sh "$PWD/mine.txt"; do
	printf '{"event":"intermediate","path":"%s","retained":false}\n' "$path" >>"$STAGEIO_EVENTS"
done
SH
code=0
"$RESTAGE" >"$out" 2>"$err" </dev/null || code=$?
expect_file mine.txt mine
expect_file pipeline.ini
expect_file claim.sh
"$RESTAGE" clean >"$out" 2>"$err" </dev/null || true
expect_file mine.txt mine
expect_file pipeline.ini
expect_file claim.sh

# Nor does writing to a file make it the stage's to delete.
cat >claim.sh <<'SH'
echo more >>mine.txt
printf '{"event":"intermediate","path":"%s","retained":false}\n' "$PWD/mine.txt" >>"$STAGEIO_EVENTS"
SH
run_ok
expect_err "intermediate 'mine.txt' was not made in the work directory: it is left where it is"
expect_file mine.txt $'mine\nmore'

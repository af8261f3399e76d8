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
for path in mine.txt tree "$PWD/pipeline.ini"; do
	printf '{"event":"output","path":"%s"}\n' "$path" >>"$STAGEIO_EVENTS"
done
SH
"$RESTAGE" >"$out" 2>"$err" </dev/null || true
"$RESTAGE" clean >"$out" 2>"$err" </dev/null || true
expect_file mine.txt mine
expect_file tree/mine.txt mine
expect_file pipeline.ini

# One by one, and by names that lead to them: the stage would succeed if it were believed.
for path in mine.txt tree; do
	cat >claim.sh <<SH
printf '{"event":"output","path":"%s"}\n' "$PWD/$path" >>"\$STAGEIO_EVENTS"
SH
	run_fails 1
	expect_err "output '$path' was reported, but the stage did not make it"
	"$RESTAGE" clean >"$out" 2>"$err" </dev/null || true
done
expect_file mine.txt mine
expect_file tree/mine.txt mine

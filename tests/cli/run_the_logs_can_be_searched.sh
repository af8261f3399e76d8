#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:good]
command = echo fine; printf 'no end'
[stage:bad]
command = echo oops >&2; echo; echo 'error: it broke'; exit 5
after = good
INI
run_fails 1
cd out/*/
grep FAILED logs/99_pipeline_*.log | found 'Stage bad: FAILED (exit code 5, '
same "$(grep -c '❌ Stage' logs/99_pipeline_*.log)" 1
grep '❌ Stage' logs/99_pipeline_*.log | found 'Stage bad'
prefix='^\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\] \[[^]]+\] \[(DEBUG|INFO|WARNING|ERROR)\]( |$)'
! grep -vE "$prefix" ./*/stage.log || fail "a line has no prefix"
! grep -vE "$prefix" logs/*.log || fail "a line has no prefix"
grep -qE '\] \[good\] \[INFO\] fine$' 01_good/stage.log
grep -qE '\] \[good\] \[INFO\] no end$' 01_good/stage.log
grep -qE '\] \[bad\] \[ERROR\] error: it broke$' 02_bad/stage.log
grep -qE '\] \[bad\] \[INFO\] oops$' 02_bad/stage.log
for manifest in */manifest.json; do
	jq -r '.outputs[] | .path' "$manifest"
	jq -r '.intermediate_files[] | "\(.path) - \(.retained) - \(.reason)"' "$manifest"
done
cd "$temp/work"
expect_err 'exit code 5'
expect_err 'oops'
expect_err 'stage\.log'

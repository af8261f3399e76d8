#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PATH=$BUILD:$PATH

pipeline <<'INI'
[stage:many]
foreach.n = 1..25
command = touch {{output.o}}
output.o = o
[stage:work]
command = sh -c 'head -c 90000000 /dev/zero | tail -c 80000000 > "$1"; echo "warning: hm"; exit 4' x {{output.o}}
after = many
output.o = o
allow_failure = yes
[stage:bad]
command = sh -c 'stageio log DEBUG quiet; stageio log INFO loud; stageio cost 2 EUR x; echo "ffmpeg: in.mp4: No such file" >&2; exit 1'
track_command = no
INI
run_fails 1 -k
pipeline_log | found -E '❌ Stage bad: FAILED \(exit code 1, [0-9.]+s\): ffmpeg: in.mp4: No such file$'
pipeline_log | found -F '] [bad] [INFO] loud'
! pipeline_log | found quiet || fail 'the pipeline log has DEBUG'
log_of bad | found -F '[DEBUG] quiet'
pipeline_log | sed -n 's/.*\] //; /Pipeline: FAILED/,$p' | sed -E 's/[0-9.]+s/TIME/g; s/[0-9.]+ [KM]B/SIZE/g' >got
same "$(grep -v 'CPU time\|Slowest' got)" '❌ Pipeline: FAILED (TIME)
📊 Stages: 27 selected, 25 ran, 1 failed, 1 allowed to fail
❌ Failed: bad
⚠️  1 warning (work 1)
🧠 Peak memory: SIZE (work)
💾 Bytes: SIZE read, SIZE written
💰 Cost: 2.00 EUR
================================================================================'
bytes=$(pipeline_log | sed -n 's/.*written_mb//; s/.* \([0-9.]*\) MB written$/\1/p')
[ "${bytes%.*}" -ge 40 ] || fail "$bytes MB written"

# what is up to date is told one by one only while it is little
run_fails 1 -k
pipeline_log >got
same "$(grep -c 'SKIPPED' got)" 1
grep -q '⏭️  25 stages: SKIPPED (up to date)$' got
[ "$(grep -c . got)" -lt 40 ] || fail "$(wc -l <got) lines"
same "$(run_record | jq -r 'select(.event == "fresh").stages[]' | wc -l)" 25
run_fails 1 -k run many/1 many/2 bad
pipeline_log >got
same "$(grep -c 'Stage many/[12]: SKIPPED (up to date)$' got)" 2

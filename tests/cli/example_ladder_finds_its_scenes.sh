#!/usr/bin/env bash
# Videos cut into scenes that are found while the pipeline runs: what is known of them is found, and exactly what depends
# on a change runs.
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}"
command -v ffmpeg >/dev/null || fail "ffmpeg is missing: tests/run.sh installs it"
cp -r "$SOURCE/pipelines" .
mkdir -p examples
cp -r "$SOURCE/examples/ladder" examples/
data=examples/ladder/data
rm -rf $data
sed -i '/^\t144$/d' pipelines/ladder.ini # two sizes are enough
make() { python3 examples/ladder/make_videos.py $data "$@"; }
run() { run_ok -f pipelines/ladder.ini "$@"; }
sum() { (cd out/ladder && cat ./*_join/*/video.mp4 ./*_check/*/found.json | md5sum); }
found() { jq -c '[.scenes, (.heights | keys | length)]' out/ladder/*_check/"$1"/found.json; }

make east=bars,dark west=moving,dark
run check
expect_no_err warning
run run -j2
same "$(found east) $(found west)" '[2,2] [2,2]'
expect_no_file out/ladder/02_encode/east,scene_001,72/part.mkv # it is temporary
run run
ran
run status -q --ask

# A scene more at the end is that scene's; the others are made again to be joined with it.
make east=bars,dark,moving
run run -j2
ran check/east cut/east encode/east,scene_00{1,2,3},{108,72} join/east,{108,72}
same "$(found east)" '[3,2]'
same "$(jq -r .reasons[].code out/ladder/02_encode/east,scene_003,72/manifest.json)" never_ran

# One less: it is gone from what is joined, and named by verify until it is removed.
make east=bars,dark
run run -j2
same "$(found east)" '[2,2]'
run run
ran
run_fails 4 -f pipelines/ladder.ini verify
expect_out 'encode/east,scene_003,72'
run clean --orphans
run verify

# A title more is that title's alone.
make north=fractal
run run -j2
ran check/north cut/north encode/north,scene_001,{108,72} join/north,{108,72}
same "$(found north)" '[1,2]'

# Every stage that has its inputs makes the same again.
run replay --check cut/east encode/west,scene_002,72 check/north
expect_out 'cut/east: reproduced'
expect_out 'encode/west,scene_002,72: reproduced'
expect_out 'check/north: reproduced'

# Killed in the middle, and run again: the same.
before=$(sum)
rm -rf out
"$RESTAGE" -f pipelines/ladder.ini run -j2 >/dev/null 2>&1 &
victim=$!
wait_until sh -c 'ls out/ladder/02_encode/*/part.mkv'
kill -KILL $victim
wait $victim 2>/dev/null || true
run run -j2
same "$(sum)" "$before"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
do = fail
[stage:a]
command =
    echo half > {{output.o}}
    echo trace > "$STAGEIO_OUTPUT_DIR/core"
    mkdir -p {{output.far}} && echo far > {{output.far}}/x
    stageio=$STAGEIO_EVENTS; printf '{"event":"log","message":"m"}\n' >> "$stageio"
    test {{params.do}} = make
output.o = o
output.far = {{root}}/far
config.x = 1
retries = 1
[stage:b]
command = test {{params.do}} = make; cp {{input.o}} {{output.o}}
input.o = {{a.o}}
output.o = o
INI
run_fails 1
dir=$(stage_dir a)
expect_file "$dir/failed/o" half
expect_file "$dir/failed/core" trace
expect_file "$dir/failed/.root/far/x" far
same "$(find "$dir/failed" -mindepth 1 -maxdepth 1 | sort | xargs -n1 basename)" $'.root\ncore\no'
expect_no_file "$dir/o"
expect_no_file "$dir/.work"
log_of a | found "Files of this attempt are kept in $dir/failed"

# They go with the next attempt, and nothing of them is left of a stage that made nothing.
run_ok -p do=make
expect_no_file "$dir/failed"
run_fails 1 -p do=fail
expect_file "$dir/failed/o" half
expect_file "$dir/o" half
run_fails 4 verify
expect_no_out failed
rm "$dir/core"
run_ok clean a
expect_no_file "$dir"
run_ok -p do=make
sed -i 's/^command = test .*cp/command = false; cp/' pipeline.ini
run_fails 1
expect_no_file "$(stage_dir b)/failed"

sed -i 's/^retries.*/keep_failed = no/' pipeline.ini
run_fails 1 -p do=fail
expect_no_file "$dir/failed"
run_ok show a
expect_out "^keep failed +no"
run_ok show --json a
jq -e '.settings.keep_failed == false' "$out" >/dev/null

# A work directory that the command replaced by a link is no directory of ours.
mkdir mine
echo precious >mine/file
pipeline <<'INI'
[stage:a]
command = rm -rf "$STAGEIO_OUTPUT_DIR"; ln -s "$PWD/mine" "$STAGEIO_OUTPUT_DIR"; exit 1
output.o = o
INI
run_fails 1
expect_file mine/file precious
expect_no_file "$(stage_dir a)/failed"

# An output may not be called so.
sed -i 's/^output.o = o/output.o = failed\/x/' pipeline.ini
run_fails 2 check
expect_err "files of a failed attempt"

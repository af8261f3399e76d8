#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016
pipeline <<'INI'
[stage:a]
command =
    cat in.txt common.h > {{output.o}}
    echo 'x: common.h' > {{stage.dir}}/d
    tell() { echo "{\"event\":$1,\"reason\":\"why\",\"retained\":\"yes\",\"rate\":1}" >>"$STAGEIO_EVENTS"; }
    tell '"input","path":"nowhere.txt"'
    tell '"input","path":"found.txt"'
    tell '"output","path":"o"'
    tell '"output","path":"more"'
    touch {{stage.dir}}/more
track_command = no
input.i = in.txt
output.o = o
depfile = d
INI
echo 1 >in.txt
echo 1 >common.h
echo 1 >found.txt
run_ok
told() {
	manifest a '[.inputs[], .outputs[], .intermediate_files[] | del(.checksum, .mtime_ns, .size_bytes)] | tojson'
}
before=$(told)
echo "$before" | found '"path":"out/pipeline/01_a/d"'
echo 2 >in.txt
run_ok accept a
expect_out 'input in.txt changed'
same "$(told)" "$before"
expect_manifest a 'any(.inputs[]; .path == "nowhere.txt" and .missing and .reason == "why" and .retained == "yes")'
run_ok status -q
run_ok verify
run_ok
ran
# clean still knows the depfile as made by the stage
cp -r . "$temp/copy"
run_ok clean a
expect_no_file out/pipeline/01_a/d
cd "$temp/copy"

# one that is gone now, or that is there now
rm found.txt
echo 1 >nowhere.txt
run_ok accept a
expect_out 'found.txt is gone'
expect_out 'nowhere.txt is there now'
run_ok status -q
echo 2 >nowhere.txt
run_fails 1 status -q
# what it made must be there
run_ok accept a
rm out/pipeline/01_a/more
run_fails 2 accept a
expect_err "more' does not exist"

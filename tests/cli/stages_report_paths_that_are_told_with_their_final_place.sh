#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PATH=$BUILD:$PATH

pipeline <<'INI'
[stage:a]
command =
	dir=$STAGEIO_OUTPUT_DIR
	stageio log INFO "made $dir/o.txt, and '$dir'."
	stageio log WARNING "also {{output.e}} and {{output.o}}; not $dir.bak"
	stageio error --detail "in {{output.o}}:3" "bad {{output.o}}"
	stageio config where=$dir/o.txt
	echo hi > {{output.o}}
	echo hi > {{output.e}}
	echo "my own words: $dir"
	stageio output o.txt --type text preview=$dir/p.png
	stageio finalize success path=$dir/o.txt "list:=[\"$dir/o.txt\", {\"a\": \"$dir\"}]"
output.o = o.txt
output.e = {{root}}/results/e.txt
[stage:b]
dir = work
command =
	stageio log INFO "made $STAGEIO_OUTPUT_DIR/o.txt"
	echo hi > o.txt
output.o = o.txt
INI
run_ok
here=$PWD/out/pipeline/01_a
log_of a >got
found -F "] made $here/o.txt, and '$here'." <got
found -F "also results/e.txt and out/pipeline/01_a/o.txt; not $here/.work.bak" <got
found -F 'bad out/pipeline/01_a/o.txt' <got
found -F "my own words: $here/.work" <got
pipeline_log | found -F "made $here/o.txt, and '$here'."
expect_manifest a ".config.where == \"$here/o.txt\" and .path == \"$here/o.txt\" and
	.list == [\"$here/o.txt\", {\"a\": \"$here\"}] and .outputs[0].preview == \"$here/p.png\" and
	.errors[0].message == \"bad out/pipeline/01_a/o.txt\" and
	.errors[0].exception_detail == \"in out/pipeline/01_a/o.txt:3\""
log_of b | found -F "made $PWD/out/pipeline/02_b/o.txt"

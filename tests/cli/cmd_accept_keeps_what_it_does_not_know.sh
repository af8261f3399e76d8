#!/usr/bin/env bash
# Unknown members, metadata that the stage reported, and the order of the manifest stay; after a failure
# the last success is what is accepted.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command =
	echo '{"event":"output","path":"o.txt","segments":12}' >> "$STAGEIO_EVENTS"
	echo '{"event":"output","path":"extra.txt","type":"notes","lines":3}' >> "$STAGEIO_EVENTS"
	echo '{"event":"config","values":{"model":"large"}}' >> "$STAGEIO_EVENTS"
	echo '{"event":"finalize","status":"success","fields":{"score":0.5}}' >> "$STAGEIO_EVENTS"
	echo extra > "$STAGEIO_OUTPUT_DIR/extra.txt"
	cp {{input.i}} {{output.o}}
	: 1
	test ! -e fail
input.i = in.txt
output.o = o.txt
output.o.language = en
INI
echo 1 >in.txt
run_ok
sed -i 's/: 1/: 2/; s/language = en/language = de/' pipeline.ini
run_ok accept a
expect_manifest a '.outputs[0] | .segments == 12 and .language == "de"'
expect_manifest a '.outputs[1] | .lines == 3 and .type == "notes" and .origin == "reported"'
expect_manifest a '.config.model == "large" and .score == 0.5'
run_ok
# shellcheck disable=SC2119
ran

touch fail
sed -i 's/: 2/: 3/' pipeline.ini
run_fails 1
expect_manifest a '.status == "failed" and .last_success'
rm fail
run_ok accept a
expect_manifest a '.status == "failed" and .last_success'
run_ok
# shellcheck disable=SC2119
ran

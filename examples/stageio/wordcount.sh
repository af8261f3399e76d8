#!/bin/sh
# A stage that counts the words of a text and records it: wordcount.sh JOB_DIR TEXT
set -eu
export STAGEIO_STAGE="${STAGEIO_STAGE-wordcount}" STAGEIO_JOB_DIR="${STAGEIO_JOB_DIR-$1}"
text=$2

stageio open
stageio input "$text" --type text format=txt
if ! words=$(wc -w <"$text"); then
	stageio error --detail "$text" "the text cannot be read"
	stageio finalize failed
	exit 1
fi
output=$(stageio output-path words.json)
echo "{\"words\": $words}" >"$output"
stageio output "$output" --type metadata words="$words"
stageio log INFO "✓ $words words"
stageio finalize success

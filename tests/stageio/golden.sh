#!/bin/sh
# The calls of the golden test, by the program stageio; golden.c and golden_calls.py make the same ones.
# The current directory is the root; $1 is the job's directory.
set -eu
export STAGEIO_STAGE="${STAGEIO_STAGE-asr}" STAGEIO_JOB_DIR="${STAGEIO_JOB_DIR-$PWD/$1}"

stageio open
stageio config model=whisper-large-v3 batch_size=16
stageio config language=hi
stageio config batch_size=8
stageio log DEBUG "a detail"
stageio log INFO "two lines, 1
and the second"
stageio log INFO ""
stageio log WARNING "%s 100%" "✓"
stageio log ERROR -- -n

stageio input "$(stageio input-path audio.wav --from demux)" --type audio \
	format=wav sample_rate=16000 gain=0.1 whole=2.0 small=1e-7 large=1e22 mono=true title=null \
	'tags:={"a": [1, 2.5, "x", null, true, {}], "b": []}' \
	exact=9007199254740992 beyond=-9223372036854775807 \
	"$(printf 'text="quoted" \\ tab\t newline\n \001 é 📋')"
stageio input "$(stageio input-path settings.json)" --type metadata --label=settings
stageio input in/./gone.txt --type text
stageio input in/../in/corpus --type corpus
stageio input "$(printf 'in/caf\351 \356\276\200.txt')" --type text
stageio input in/fifo --type pipe
stageio input in/gone.txt --type transcript again=true
stageio progress 0.5 half
stageio progress 1

segments=$(stageio output-path segments.json)
echo "[]" >"$segments"
stageio output "$segments" --type transcript --label transcript format=json segments=12 retained=false \
	track=1 origin=studio meta=own
cache=$(stageio output-path cache/model.bin)
echo model >"$cache"
stageio intermediate cache/model.bin --retained yes --reason "Model cache for faster subsequent runs" version=2
temp=$(stageio output-path temp.wav)
echo noise >"$temp"
(cd in && stageio intermediate "$temp" --retained no --reason "Temporary processing file")
stageio intermediate --retained no -- never.tmp

stageio resource gpu_used=none memory_mb=12.5
stageio resource cost=3
stageio phase "load model" true
stageio cost --quantity 1200 --unit tokens 0.1 USD api calls
stageio cost 0.2 USD storage
stageio error --exception-type ValueError --detail "of that kind" Could not
stageio error Plain
stageio warning Using default configuration
stageio finalize success segments_count=12 model_version=1.0.0 nothing=null command=whisper
stageio log INFO "✓ Transcribed 12 segments"

#!/usr/bin/env bash
# The pipeline of Python stages in examples/seed: two jobs, rerun, replay, another language, a disabled stage, a failure,
# and the commands by which its logs and manifests are read.
# shellcheck disable=SC2002,SC2016,SC2035 # they stand in it like that
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}" "${BUILD:?}"
command -v ffmpeg >/dev/null || fail "ffmpeg is missing: tests/run.sh installs it"
cp -r "$SOURCE"/examples/seed/* .
export PATH=$BUILD:$PATH
python3 make_media.py
stageio python --shim shared >"$out"
# the stage of speech recognition is the complete example of the document, word for word
code=$(sed -n '/^```python/,/^```/p' "$SOURCE/tests/stageio/complete_example.md" | sed '1d; $d')
[[ $(cat stages/asr.py) == *"$code" ]] || fail "stages/asr.py is not the complete example"

# two jobs
run_ok --job job_001 run
expect_err '8 ran'
same "$(cat out/job_001/07_subtitles/subtitles.srt)" '1
00:00:00,200 --> 00:00:00,600
Guten Tag

2
00:00:00,900 --> 00:00:01,300
eine Geschichte

3
00:00:01,600 --> 00:00:02,000
danke'
run_ok --job job_002 -p media=in/other.mp4 -p language=fr run
same "$(grep '[a-z]' out/job_002/07_subtitles/subtitles.srt)" $'une histoire\nbonne nuit'
same "$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 out/job_002/08_mux/subtitled.mp4 | xargs)" \
	'mpeg4 aac mov_text'
run_ok --job job_001 run
expect_err 'nothing to do: 8 up to date'

# what a stage reported counts: a module, an input of another stage
echo '# better' >>stages/source_separation.py
run_ok --job job_001 run
ran source_separation
expect_reason() { expect_err "$1: running \\($2\\)"; }
expect_reason source_separation 'input stages/source_separation.py changed'
run_ok --job job_001 replay asr
expect_err 'asr: done'
for stage in asr mux; do
	run_ok --job job_001 replay --check $stage
	expect_out 'reproduced'
done

# another language, for which the first stages need not run; a disabled stage; a language that there is not
run_ok --job job_001 -p language=fr run
ran translation subtitles mux
grep -q 'bonjour' out/job_001/07_subtitles/subtitles.srt
run_ok --job job_001 -p language=hi run
ran subtitles mux
grep -q 'namaste' out/job_001/07_subtitles/subtitles.srt
same "$(jq -r '.status, .reason' out/job_001/06_translation/manifest.json)" \
	$'skipped\nThe subtitles are in the language that is spoken'
grep -q '⏭️  Stage translation: SKIPPED (The subtitles are in the language that is spoken)' <(pipeline_log)
run_fails 1 --job job_001 -p language=xx run
grep -q "❌ Stage translation: FAILED (.*): There is no model for the language 'xx'" <(pipeline_log)
same "$(jq -r .error_message out/job_001/06_translation/manifest.json)" "There is no model for the language 'xx'"
run_ok --job job_001 -p language=de run
ran translation subtitles mux

# a failure of a tool
head -c 5000 in/other.mp4 >in/broken.mp4
run_fails 1 --job job_002 -p media=in/broken.mp4 run
(
	cd out/job_002
	# what the document types, as it stands there
	grep "FAILED" logs/99_pipeline_*.log | found '❌ Stage demux: FAILED'
	grep "❌ Stage" logs/99_pipeline_*.log | found 'demux: FAILED (.*): Demux failed: .*in/broken.mp4: Invalid data'
	cat 01_demux/manifest.json | jq '.errors' | found '"exception_type": "RuntimeError"'
	cat 01_demux/stage.log | found '\[demux\] \[DEBUG\] FFmpeg command: ffmpeg '
	cat 01_demux/stage.log | found '\[demux\] \[ERROR\] Demux failed: .*in/broken.mp4'
)
cd out/job_001
cat 04_asr/stage.log | found '\[asr\] \[INFO\] ✓ Transcribed 3 segments'
cat 04_asr/manifest.json | jq . | found '"stage": "asr"'
cat 04_asr/manifest.json | jq '.inputs' | found '"path": "out/job_001/01_demux/audio.wav"'
cat 04_asr/manifest.json | jq '.outputs' | found '"segments": 3'
same "$(cat 04_asr/manifest.json | jq '.errors')" '[]'
same "$(for manifest in */manifest.json; do
  echo "Stage: $manifest"
  jq -r '.outputs[] | .path' "$manifest"
done)" 'Stage: 01_demux/manifest.json
out/job_001/01_demux/audio.wav
out/job_001/01_demux/metadata.json
Stage: 02_tmdb/manifest.json
out/job_001/02_tmdb/enrichment.json
Stage: 03_source_separation/manifest.json
out/job_001/03_source_separation/vocals.wav
Stage: 04_asr/manifest.json
out/job_001/04_asr/segments.json
Stage: 05_alignment/manifest.json
out/job_001/05_alignment/words.json
Stage: 06_translation/manifest.json
out/job_001/06_translation/translated.json
Stage: 07_subtitles/manifest.json
out/job_001/07_subtitles/subtitles.srt
Stage: 08_mux/manifest.json
out/job_001/08_mux/subtitled.mp4'
same "$(jq -r '.intermediate_files[] | "\(.path) - \(.retained) - \(.reason)"' \
  */manifest.json)" 'out/job_001/03_source_separation/accompaniment.wav - true - To mix a dubbed voice with later
out/job_001/05_alignment/model_cache.bin - true - Model cache for faster subsequent runs
out/job_001/05_alignment/temp_processing.wav - false - Temporary processing file'
cd ../..

# the stages report what they open
if command -v strace >/dev/null; then
	ASAN_OPTIONS=detect_leaks=0 run_ok --job job_001 audit demux alignment
	expect_no_err warning
fi

# the model is downloaded once
echo '# better' >>stages/alignment.py
run_ok --job job_001 run
ran alignment
same "$(jq -r '.resources.phases[].name' out/job_001/05_alignment/manifest.json | xargs)" 'load model align'
log_of_alignment=$(cat out/job_001/05_alignment/stage.log)
[[ $log_of_alignment != *Downloading* ]] || fail "the model was downloaded again"

# without restage the same stages record themselves
export STAGEIO_JOB_DIR=$PWD/out/alone
python3 -m stages demux in/sample.mp4
python3 -m stages asr
same "$(jq -c '[.stage, .status, (.resources | has("cpu_percent"))]' out/alone/*/manifest.json)" \
	$'["demux","success",true]\n["asr","success",true]'
cmp out/alone/02_asr/segments.json out/job_001/04_asr/segments.json
sed 's/.*\[INFO\] //; s/([0-9.]*s)/(4.2s)/' out/alone/logs/99_pipeline_*.log >told
diff - <(grep -e Stage -e put: told | grep -v '^[IO]') <<'END'
▶️  Stage demux: STARTING
📥 Input: in/sample.mp4
📤 Output: 01_demux/audio.wav
📤 Output: 01_demux/metadata.json
✅ Stage demux: COMPLETED (4.2s)
▶️  Stage asr: STARTING
📥 Input: 01_demux/audio.wav
📤 Output: 02_asr/segments.json
✅ Stage asr: COMPLETED (4.2s)
END

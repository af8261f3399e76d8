#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:asr]
foreach.ep = in/*.txt
command = sh tools/asr.sh {{input.audio}} {{output.text}} {{output.far}}; echo t > {{intermediate.t}}
input.audio = {{each.ep}}
output.text = segments.txt
output.text.type = transcript
output.far = {{root}}/dist/{{each.ep | stem}}.txt
intermediate.t = tmp
intermediate.t.reason = Scratch
intermediate.t.retained = no
config.model = large
config.name = {{each.ep | stem}}
[stage:told]
foreach.n = 1..2
command = echo {{each.n}} > {{stage.dir}}/t.csv; echo '{"event":"output","path":"t.csv","type":"table"}' >> "$STAGEIO_EVENTS"
[stage:all]
command = cat {{input.i}} > {{output.o}}
input.i = {{asr.text}}
output.o = o.txt
INI
mkdir in tools
for ep in a b c; do echo $ep >in/$ep.txt; done
# shellcheck disable=SC2016
echo 'cp "$1" "$2"; cp "$1" "$3"; if grep -q bad "$1"; then exit 3; fi' >tools/asr.sh
run_ok
sum=out/pipeline/01_asr/manifest.json
says() {
	jq -e "$1" "$sum" >/dev/null || fail "$sum does not say $1: $(cat "$sum")"
}
says '.stage == "asr" and .stage_number == 1 and .status == "success" and .instances == {"total": 3, "success": 3}'
says '.config == {"model": "large"} and .errors == [] and .completed_at >= .timestamp and .duration_seconds > 0'
says '[.inputs[] | .path, .files, .size_bytes] == ["in/*.txt", 3, 6, "tools/asr.sh", 1, '"$(stat -c %s tools/asr.sh)"']'
says '[.intermediate_files[] | .path, .retained, .reason, .files] == ["out/pipeline/01_asr/*/tmp", false, "Scratch", 3]'
same "$(jq -c '.outputs' out/pipeline/02_told/manifest.json)" \
	'[{"type":"table","path":"out/pipeline/02_told/*/t.csv","size_bytes":4,"files":2}]'
says '[.outputs[] | .type, .path, .files] == ["transcript", "out/pipeline/01_asr/*/segments.txt", 3, "far", "dist/*.txt", 3]'

# The commands of the logging architecture find it: "Validate Data Flow".
(cd out/pipeline && for manifest in */manifest.json; do
	echo "Stage: $manifest"
	jq -r '.outputs[] | .path' "$manifest"
done) >flow
same "$(cat flow)" "Stage: 01_asr/manifest.json
out/pipeline/01_asr/*/segments.txt
dist/*.txt
Stage: 02_told/manifest.json
out/pipeline/02_told/*/t.csv
Stage: 03_all/manifest.json
out/pipeline/03_all/o.txt"

cp out/pipeline/02_told/manifest.json kept.json
# It is written anew only where it would differ, and not at all where nothing is new.
before=$(snapshot $sum)
run_ok
rm -r out/pipeline/.restage
run_ok
ran
same "$(snapshot $sum)" "$before"
cmp kept.json out/pipeline/02_told/manifest.json
run_ok verify
run_ok diff --json job:pipeline job:pipeline
jq -e '[.. | strings] | index("asr/a") and (index("asr") | not)' "$out" >/dev/null || fail "$(cat "$out")"

# A failure, an instance that never ran, one that is gone, another number.
echo bad >in/b.txt
echo d >in/d.txt
run_fails 1 run asr/b
says '.status == "failed" and .instances == {"total": 4, "success": 2, "failed": 1, "not_run": 1}'
says '(.errors | length) == 1 and (.errors[0].message | startswith("asr/b: ")) and .outputs[0].files == 2'
run_ok verify all
echo b >in/b.txt
run_ok
says '.status == "success" and .instances.total == 4'
rm in/d.txt
sed -i '1i [stage:first]\ncommand = true' pipeline.ini
run_ok
sum=out/pipeline/02_asr/manifest.json
says '.stage_number == 2 and .stage_dir == "out/pipeline/02_asr" and .instances.total == 3'
same "$(jq -r '.inputs[0].path' $sum)" 'in/*.txt'

# `clean` takes it along; of a stage that has no instances any more it is no record.
run_ok clean asr
expect_no_file out/pipeline/02_asr/a
run_ok clean --orphans
expect_no_file out/pipeline/02_asr
run_ok
expect_file $sum
sed -i '/^foreach.ep/d; s/{{each.ep}}/in\/a.txt/; s/{{each.ep | stem}}/a/' pipeline.ini
run_ok run asr
ran asr
jq -e '.run and .key and .stage == "asr"' $sum >/dev/null
expect_no_err 'replaced'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PYTHONPATH=$SOURCE/src/stageio PYTHONDONTWRITEBYTECODE=1 PATH=$BUILD:$PATH
pipeline <<'INI'
[stage:a]
command = python3 asr.py && touch {{output.o}}
output.o = o.txt
config.batch_size = 16
config.fp16 = yes
[stage:b]
command = stageio config batch_size=8 language=hi && stageio config batch_size=16 && touch {{output.o}}
output.o = o.txt
config.batch_size = 16
INI
cat >asr.py <<'PY'
from stageio import StageIO
io = StageIO()
io.set_config({"batch_size": 8, "fp16": True, "language": "hi"})
io.finalize("success")
PY
run_ok
expect_manifest a '.config == {batch_size: "16", fp16: "yes", language: "hi"} and .conflicting_config == {batch_size: 8}'
expect_manifest a '.reported_config == ["language"]'
expect_manifest a "[.warnings[].message] == [\"config.batch_size is '16' in the pipeline file, but the stage reported that it used 8\"]"
pipeline_log | found "WARNING.*config.batch_size is '16'"
# what it said last is what it used
expect_manifest b '(has("conflicting_config") | not) and (.warnings | length == 1)'
run_ok
ran

# it stays where the change of another value is accepted
sed -i 's/fp16 = yes/fp16 = no/' pipeline.ini
run_ok accept a
expect_manifest a '.config.fp16 == "no" and .conflicting_config == {batch_size: 8}'
run_ok verify

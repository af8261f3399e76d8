#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PATH=$BUILD:$PATH PYTHONPATH=$SOURCE/src/stageio PYTHONDONTWRITEBYTECODE=1

# Whatever a stage says of its failure stands where its failure is told, and an error is told once.
cat >stage.py <<'PY'
from stageio import StageIO
stage_io = StageIO()
logger = stage_io.get_stage_logger()
try:
    raise ValueError("bad audio")
except Exception as e:
    logger.error(f"Transcription failed: {e}")
    stage_io.add_error("Transcription failed", e)
    stage_io.finalize(status="failed")
PY
pipeline <<'INI'
[stage:logged]
command = python3 stage.py
[stage:noted]
command = stageio error --exception-type OSError --detail 'no space' Writing failed; stageio finalize failed
[stage:finalized]
command = stageio finalize failed error_message='no model'
[stage:exited]
command = stageio log ERROR disk is gone; echo 'the last word'; exit 3
[stage:printed]
command = stageio log ERROR earlier; echo 'ERROR: printed'; exit 3
[stage:other]
command = stageio log ERROR 'Writing failed: one'; stageio error --detail two Writing failed; exit 3
INI
run_fails 1 -k
failed() { # STAGE: what the pipeline log tells behind FAILED
	pipeline_log | sed -n "s/.*❌ Stage $1: FAILED ([^)]*): //p"
}
same "$(failed logged)" 'Transcription failed: bad audio'
same "$(failed noted)" 'Writing failed: no space'
same "$(failed finalized)" 'no model'
same "$(failed exited)" 'disk is gone'
same "$(failed printed)" 'ERROR: printed'
same "$(failed other)" 'Writing failed: two'
same "$(log_of logged | grep -c 'Transcription failed')" 1
same "$(pipeline_log | grep -c '\[logged\]')" 1
same "$(log_of other | grep -c 'ERROR\] Writing failed')" 2
expect_manifest logged '[.errors[] | [.message, .exception_type, .exception_detail]] ==
	[["Transcription failed", "ValueError", "bad audio"]]'
expect_manifest finalized '[.errors[].message] == ["the stage says that it failed: no model"]'
expect_err '^exited failed: disk is gone$'

# without a runner an error is told once, too
mkdir -p alone/job
STAGEIO_JOB_DIR=alone/job STAGEIO_STAGE=logged python3 stage.py
same "$(grep -c 'Transcription failed' alone/job/*_logged/stage.log)" 1

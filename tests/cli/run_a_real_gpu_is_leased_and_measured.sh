#!/usr/bin/env bash
# Where there is a device; a memory test of its driver is no part of this: what is used may be nothing.
. "$(dirname "$0")/lib.sh"

unset CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK
pipeline <<'INI'
[stage:look]
command = if command -v nvidia-smi > /dev/null; then nvidia-smi; fi > {{output.o}}; sleep 1
output.o = o
gpu = 1
INI
if ! "$RESTAGE" run -n >/dev/null 2>&1; then
	echo "no GPU that programs compute with: skipped"
	exit 0
fi
run_ok
expect_manifest look '.resources.gpus == ["0"]'
expect_no_err "not measured"
if [ -e /dev/nvidia0 ]; then
	expect_manifest look '.resources | has("gpu_used")'
fi

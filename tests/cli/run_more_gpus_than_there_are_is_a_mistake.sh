#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
unset CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK

# By the definition alone.
pipeline <<'INI'
[pools]
gpu = 0, 1
[stage:first]
command = echo 1 > {{output.o}}
output.o = o
[stage:trains]
command = cat {{input.i}} > {{output.o}}
input.i = {{first.o}}
output.o = o
gpu = 3
INI
run_fails 2 check
expect_err "^pipeline.ini:10: stage 'trains': 'gpu' is 3, but pool 'gpu' has 2: declare them: \[pools\] gpu = 3$"

# By what the variable says: before anything runs, and by the plan.
sed -i '/^gpu = 0/d' pipeline.ini
export CUDA_VISIBLE_DEVICES=5,6
run_ok check
for look in "run" "run -n" "run -n --json"; do
	# shellcheck disable=SC2086
	run_fails 2 $look
	expect_err "pipeline.ini:5: stage 'trains' takes 3 GPUs, and there are 2 in CUDA_VISIBLE_DEVICES, which is '5,6': name more there, or their ids in \[pools\] gpu$"
	expect_no_file out/pipeline/01_first
done
run_ok run first
CUDA_VISIBLE_DEVICES=5,6,7 run_ok
expect_manifest trains '.resources.gpus == ["5", "6", "7"]'
run_ok status

# What is up to date needs none. What has to run again fails when its turn has come, and is announced.
run_ok
ran
sed -i 's/echo 1/echo 2/' pipeline.ini
run_ok run first
run_ok run -n
expect_err "stage 'trains' takes 3 GPUs"
run_fails 1
expect_err "trains failed: pipeline.ini:5: stage 'trains' takes 3 GPUs"
expect_manifest trains '.status == "failed" and (.errors[0].message | test("takes 3 GPUs"))'
run_fails 2 run -B
run_fails 2 replay --now trains

# A lease is for aside runs too.
CUDA_VISIBLE_DEVICES=1,2,3 run_ok
CUDA_VISIBLE_DEVICES=1,2,3 run_ok replay --check trains
run_fails 2 replay --check trains
expect_err "takes 3 GPUs"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
unset CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK

export NVML_STANDIN=$PWD/nvml
mkdir nvml
# Says that its child is busy on a device, and waits until somebody saw that a few times; the first time
# until those who watch the run are told.
cat >use.sh <<'SH'
sleep 60 &
echo "$(($! + ${STRANGE:-0})) $1 $2 $3" >>"$NVML_STANDIN/processes"
echo "1 1 5000 90" >>"$NVML_STANDIN/processes" # somebody else
at=$(cat "$NVML_STANDIN/looks" 2>/dev/null | wc -c)
for _ in {1..1000}; do
	if [ ! -e watched ]; then
		grep -q '"event": "sample".*"gpu_percent"' out/pipeline/logs/*.jsonl && touch watched && break
	elif [ "$(cat "$NVML_STANDIN/looks" 2>/dev/null | wc -c)" -ge $((at + 6)) ]; then
		break
	fi
	sleep 0.02
done
kill $!
SH
pipeline <<'INI'
[pools]
gpu = 2
[stage:train]
command = bash use.sh 0 2048 50 && echo > {{output.o}}
output.o = o
gpu = 1
INI
used='.resources | .gpu_used == "Stand-in 40GB" and .gpu_memory_mb == 2048 and .gpu_seconds > 0 and .gpu_percent > 0 and .gpu_percent <= 50 and .gpus == ["0"] and (has("gpu_scope") | not)'
LD_LIBRARY_PATH=$BUILD/tests/nvml/new run_ok
expect_manifest train "$used"
run_record | jq -se 'map(select(.event == "sample"))[-1].resources | .gpu_memory_mb == 2048 and .gpus == ["0"]' >/dev/null
log_of train | found -E 'Resources: .*, GPU 0 \(Stand-in 40GB, [0-9]+%, peak memory 2\.0 GB\)$'
rm -r nvml/*
LD_LIBRARY_PATH=$BUILD/tests/nvml/old run_ok run -B
expect_manifest train "$used"

for format in prometheus csv trace; do run_ok export --format $format; cp "$out" out.$format; done
grep -qE '^restage_stage_gpu_memory_bytes\{.*stage="train"\} 2147483648$' out.prometheus
grep -q 'gpu_seconds,gpu_percent,gpu_memory_mb' out.csv
jq -e '.traceEvents[] | select(.name == "train") | .args.resources.gpus == ["0"]' out.trace >/dev/null

# Of the device, where processes are not told apart: so it says.
rm -r nvml/*
echo counts_devices_only >nvml/mode
LD_LIBRARY_PATH=$BUILD/tests/nvml/new run_ok run -B
expect_manifest train '.resources | .gpu_scope == "device" and .gpu_memory_mb == 2048 and .gpu_percent > 0 and .gpu_percent <= 40'
rm -r nvml/*
echo says_nothing >nvml/mode
sed -i 's/^gpu = 2/gpu = GPU-00000001-1111/' pipeline.ini
LD_LIBRARY_PATH=$BUILD/tests/nvml/new run_ok run -B
expect_manifest train '.resources | .gpu_scope == "device" and .gpu_memory_mb == 3072 and .gpu_percent > 0 and .gpu_used == "Stand-in 40GB" and .gpus == ["GPU-00000001-1111"]'

# Where processes have numbers of their own, those of the driver mean nothing, unless they are the same.
unshare -Urpf --mount-proc true 2>/dev/null || exit 0
rm -r nvml/*
sed -i 's/^gpu = GPU.*/gpu = 1..1/' pipeline.ini
export LD_LIBRARY_PATH=$BUILD/tests/nvml/new
STRANGE=100000 unshare -Urpf --mount-proc "$RESTAGE" run -B 2>"$err"
expect_manifest train '.resources | .gpu_scope == "device" and .gpu_memory_mb == 3072 and .gpus == ["1"]'
rm -r nvml/*
unshare -Urpf --mount-proc "$RESTAGE" run -B 2>"$err"
expect_manifest train '.resources | (has("gpu_scope") | not) and .gpu_memory_mb == 2048'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
unset CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK

export NVML_STANDIN=$PWD/nvml
mkdir nvml
pipeline <<'INI'
[pools]
gpu = 1
[stage:train]
command = sleep 0.3; echo > {{output.o}}
output.o = o
gpu = 1
INI
unknown='.resources | .gpus == ["0"] and (has("gpu_used") or has("gpu_percent") | not)'

# One that does not work is told of, once; one that hangs holds nobody up; without a device it is silent.
echo fails >nvml/mode
LD_LIBRARY_PATH=$BUILD/tests/nvml/new run_ok
expect_err "use of GPUs is not measured: NVIDIA's libnvidia-ml.so.1 does not work: Driver/library version mismatch"
expect_manifest train "($unknown) and .warnings == []"
for mode in hangs empty; do
	echo $mode >nvml/mode
	LD_LIBRARY_PATH=$BUILD/tests/nvml/new run_ok run -B
	expect_no_err "not measured"
	expect_manifest train "$unknown"
done

# A file that is no library.
mkdir lib
echo nonsense >lib/libnvidia-ml.so.1
LD_LIBRARY_PATH=$PWD/lib run_ok run -B
expect_manifest train "$unknown"

# A stage that leaves its GPU alone used none, where that can be said.
echo none >nvml/mode
LD_LIBRARY_PATH=$BUILD/tests/nvml/new run_ok run -B
if [ "$(readlink /proc/self/ns/pid)" = "pid:[4026531836]" ]; then
	expect_manifest train '.resources | .gpu_used == "none" and (has("gpu_percent") | not)'
	log_of train | found -E 'Resources: .*, GPU 0 \(not used\)$'
else
	expect_manifest train '.resources | .gpu_scope == "device"'
fi

# Nothing of it is loaded, and no thread begun, for a run in which no stage has one.
command -v strace >/dev/null || exit 0
sed -i '/^gpu/d' pipeline.ini
export ASAN_OPTIONS=detect_leaks=0
LD_LIBRARY_PATH=$BUILD/tests/nvml/new strace -f -o trace "$RESTAGE" run -B >/dev/null 2>&1
grep -q execve trace
grep -E 'nvidia|CUDA_VISIBLE|/dev/dri|fdinfo' trace && fail "a run without a GPU looked for some"
true

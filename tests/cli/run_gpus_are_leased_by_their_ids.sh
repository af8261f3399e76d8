#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
unset CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK HIP_VISIBLE_DEVICES

# Four stages want one of two GPUs, one wants both. No two have the same one at a time: `mkdir` fails if
# it is there already.
cat >take.sh <<'SH'
set -e
same="$ROCR_VISIBLE_DEVICES $ZE_AFFINITY_MASK $1"
[ "$same" = "$CUDA_VISIBLE_DEVICES $CUDA_VISIBLE_DEVICES $CUDA_VISIBLE_DEVICES" ]
for id in ${CUDA_VISIBLE_DEVICES//,/ }; do mkdir "held.$id"; done
sleep 0.05
for id in ${CUDA_VISIBLE_DEVICES//,/ }; do rmdir "held.$id"; done
SH
pipeline <<'INI'
[pools]
gpu = 4, GPU-5a
[stage:one]
foreach.i = 1..4
command = bash take.sh {{stage.gpus}} && echo "$HIP_VISIBLE_DEVICES" > {{output.o}}
output.o = o
gpu = 1
[stage:both]
command = bash take.sh {{stage.gpus}} && echo "$HIP_VISIBLE_DEVICES" > {{output.o}}
output.o = o
gpu = 2
[stage:own]
command = echo "$CUDA_VISIBLE_DEVICES,$ZE_AFFINITY_MASK" > {{output.o}}
output.o = o
env.CUDA_VISIBLE_DEVICES = mine
gpu = 1
[stage:hidden]
command = echo "<$CUDA_VISIBLE_DEVICES>" > {{output.o}}
output.o = o
env.CUDA_VISIBLE_DEVICES =
[stage:none]
command = echo "${CUDA_VISIBLE_DEVICES-none}{{stage.gpus}}" > {{output.o}}
output.o = o
INI
run_ok run -j 8
expect_file out/pipeline/01_one/1/o 0
expect_file out/pipeline/02_both/o 0,1
grep -qxE 'mine,(4|GPU-5a)' out/pipeline/03_own/o
CUDA_VISIBLE_DEVICES=3 run_ok run -B hidden
expect_file out/pipeline/04_hidden/o '<>'
expect_file out/pipeline/05_none/o none
same "$(jq -c .resources.gpus out/pipeline/02_both/manifest.json)" '["4","GPU-5a"]'
jq -se 'all(.resources.gpus == ["4"] or .resources.gpus == ["GPU-5a"])' out/pipeline/01_one/?/manifest.json >/dev/null
expect_manifest none '.resources | has("gpus") | not'

# Which ones is no part of what a stage is, with the index and without, and what looks says the same.
sed -i 's/^gpu = 4.*/gpu = 7..9/' pipeline.ini
run_ok status -q
run_ok
ran
rm -r out/pipeline/.restage
run_ok run -n
expect_out "nothing"
run_ok
ran

# Also to a stage of which it is known only in the run that there are instances.
pipeline <<'INI'
[pools]
gpu = 2, 3
[stage:find]
command = seq 2 > {{output.l}}
output.l = l
[stage:of]
foreach.n = @{{find.l}}
command = bash take.sh {{stage.gpus}} && echo "$CUDA_VISIBLE_DEVICES" > {{output.o}}
output.o = o
gpu = {{each.n}}
INI
run_ok
expect_file out/pipeline/02_of/2/o 2,3

# They are given back after a failure, a timeout and a kill, and for another attempt.
pipeline <<'INI'
[pools]
gpu = 1
[defaults]
gpu = 1
allow_failure = yes
[stage:fails]
command = mkdir held && echo "{{stage.gpus}}" >> ids; rmdir held; exit 3
retries = 2
[stage:hangs]
command = mkdir held && trap 'rmdir held' EXIT; sleep 30 & wait
timeout = 100ms
[stage:dies]
command = mkdir held && rmdir held; kill -9 $$
[stage:last]
command = mkdir held && echo "$CUDA_VISIBLE_DEVICES" > {{output.o}}; rmdir held
output.o = o
INI
run_ok run -j 4 -k
expect_file out/pipeline/04_last/o 0
expect_file ids $'0\n0\n0'
expect_manifest last '.resources.gpus == ["0"]'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Both at once: neither ends before the other has begun.
pipeline <<'INI'
[pipeline]
executor = slurm
[stage:one]
foreach.n = 1..2
command =
    echo "${CUDA_VISIBLE_DEVICES:-none}" > {{output.o}}
    touch began.{{each.n}}
    until test -e began.1 && test -e began.2; do sleep 0.1; done
gpu = 1
track_command = no
output.o = o
[stage:two]
command = echo "${CUDA_VISIBLE_DEVICES:-none}" > {{output.o}}
slurm.gres = gpu:2
gpu = 2
output.o = o
[stage:none]
command = echo "${CUDA_VISIBLE_DEVICES:-none}" > {{output.o}}
output.o = o
INI
run_ok
same "$(cat out/pipeline/01_one/?/o | sort | tr '\n' ' ')" '0 1 '
expect_file "$(stage_dir two)/o" 0,1
expect_file "$(stage_dir none)/o" none
same "$(jq -r '.resources.gpus[]' out/pipeline/01_one/?/manifest.json | sort | tr '\n' ' ')" '0 1 '
expect_manifest two '.resources.gpus == ["0", "1"]'
grep 'comment=pipeline: one/1' "$temp/calls" | found -e '--gpus=1'
grep 'comment=pipeline: two ' "$temp/calls" | found -e '--gres=gpu:2'
! grep -- '--gres=gpu:2' "$temp/calls" | found -e '--gpus' || fail 'it is asked for twice'

pipeline <<'INI'
[stage:many]
command = touch {{output.o}}
executor = slurm
gpu = 3
output.o = o
INI
run_fails 1
expect_err 'many failed: .*Requested node configuration is not available'

# In a container: an engine that tells what it was told.
mkdir "$temp/engines"
cat >"$temp/engines/podman" <<'SH'
#!/usr/bin/env bash
[ "$1" = run ] || { echo 0123456789abcdef; exit; }
echo "$*" >>"$ENGINE"
while [ "$1" != --entrypoint ]; do shift; done
program=$2
shift 3
exec "$program" "$@"
SH
chmod +x "$temp/engines/podman"
export PATH=$temp/engines:$PATH ENGINE=$temp/told
pipeline <<'INI'
[stage:inside]
container = localhost/box
container.network = yes
command = echo "${CUDA_VISIBLE_DEVICES:-none}" > {{output.o}}
executor = slurm
gpu = 2
output.o = o
INI
run_ok
expect_file "$(stage_dir inside)/o" 0,1
expect_manifest inside '.resources.gpus == ["0", "1"] and .container.engine == "podman"'
found -e '--env CUDA_VISIBLE_DEVICES .*--device nvidia.com/gpu=all' "$ENGINE" || fail "$(cat "$ENGINE")"
found -e '--network host' "$ENGINE"
found -e '--pull missing' "$ENGINE"

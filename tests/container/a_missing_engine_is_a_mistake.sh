#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
no_engines

pipeline <<'INI'
[stage:a]
command  = echo > {{output.o}}
output.o = o.txt
[stage:b]
container = alpine
command   = echo > {{output.o}}
output.o  = o.txt
INI
run_fails 2 run
expect_err "pipeline.ini:4: stage 'b': container = alpine needs podman, apptainer or docker, and PATH has none of them: apt-get install podman$"
expect_no_file out/pipeline/01_a
run_ok run a
# who only looks needs none
run_ok check
run_ok status
run_ok status --ask
run_ok run -n
run_ok show b
expect_out '^container +alpine'

sed -i 's/alpine/tool.sif/' pipeline.ini
echo >tool.sif
stand_in podman <<'SH'
#!/bin/sh
SH
run_fails 2 run
expect_err 'container = .*/tool.sif needs apptainer, and PATH has none of them'
sed -i '1i [pipeline]\ncontainer_engine = podman' pipeline.ini
run_fails 2 run
expect_err 'tool.sif is an image file, which podman cannot run: \[pipeline\] container_engine = apptainer'
sed -i 's/= podman/= docker/; s/tool.sif/alpine/' pipeline.ini
run_fails 2 run
expect_err 'container = alpine needs docker \(\[pipeline\] container_engine\), which is not in PATH'
sed -i 's/= docker/= rkt/' pipeline.ini
run_fails 2 check
expect_err "^pipeline.ini:2: .*'container_engine' is 'rkt': it takes podman, apptainer or docker"

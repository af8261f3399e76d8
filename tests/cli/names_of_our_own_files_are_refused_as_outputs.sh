#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Those of another job, and what the pipeline is made from.
mkdir -p out/other/01_a out/other/.restage parts
echo 'x: 1' >p.yaml
: >parts/inc.ini
for path in manifest.json stage.log ./manifest.json failed failed/x .work/x stage.20251127_140915.log \
	.events .config.json .command .root/x .trace '{{job.dir}}/replaced/x' '{{job.dir}}/jobs' \
	'{{job.dir}}/params.json' '{{root}}/out/other/01_a/manifest.json' '{{root}}/out/other/02_b/x' \
	'{{root}}/pipeline.ini' '{{root}}/p.yaml' '{{root}}/parts' '{{root}}/parts/inc.ini'; do
	pipeline <<INI
[pipeline]
params_file = p.yaml
include = parts/inc.ini
[stage:a]
command = echo 1 >{{output.o}}
output.o = $path
INI
	run_fails 2
	expect_err "pipeline\.ini:6: stage 'a': '"
done
for path in stage.txt x/manifest.json failed.txt stage.x/y.log '{{root}}/parts/x' '{{root}}/out/shared/x'; do
	sed -i "s#^output.o = .*#output.o = $path#" pipeline.ini
	run_ok check
done

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir tools
touch file
refuse() {
	pipeline <<INI
[stage:made]
command = mkdir -p {{output.d}}; touch {{output.d}}/x
output.d = {{root}}/gen
[stage:s]
command = touch {{output.o}}
dir = $1
output.o = o.txt
INI
	run_fails 2 check
	expect_err "^pipeline\\.ini:6: stage 's': $2"
	expect_no_file out
}

refuse toolz "'dir' is 'toolz', and there is no such directory"
refuse ../x "'dir' is '../x', which lies outside the root"
refuse /tmp "'dir' is '/tmp', which lies outside the root"
refuse file "'dir' is 'file', which is no directory"
refuse gen "'dir' is 'gen', which stage 'made' makes: declare it as an input, too.*input.dir = gen"
refuse gen/sub "'dir' is 'gen/sub', which stage 'made' makes"
refuse out/pipeline/01_made "'dir' is .*lies in the directory of the job: 'dir = work'"
refuse '{{stage.dir}}' "'{{stage.dir}}' cannot stand in 'dir'"
refuse '{{made.d}}' "'{{made.d}}' cannot stand in 'dir'"
refuse '{{params.x}}' "unknown placeholder"
refuse '' "'dir' is empty"

# What another stage makes is a place to run in for who waits for it.
pipeline <<'INI'
[stage:s]
command = cat x > {{output.o}}
dir = gen
input.gen = gen
output.o = o.txt
[stage:made]
command = mkdir -p {{output.d}}; echo 1 > {{output.d}}/x
output.d = {{root}}/gen
INI
run_ok
expect_file "$(stage_dir s)/o.txt" 1
# A stage that is disabled runs nowhere; one whose directory goes away says so.
printf '[stage:s]\ncommand = true\ndir = toolz\nenabled = no\n[stage:t]\ncommand = true\ndir = tools\n' >pipeline.ini
run_ok
rmdir tools
run_fails 2
expect_err "pipeline.ini:7: stage 't': 'dir' is 'tools', and there is no such directory"

# Two outputs that would be made at one place.
pipeline <<'INI'
[stage:s]
dir = work
command = touch {{output.a}} {{output.b}}
output.a = dist/x
output.b = {{root}}/dist/x
INI
run_fails 2
expect_err "^pipeline.ini:2: stage 's': with 'dir = work' outputs 'dist/x' and '{{root}}/dist/x' would meet"

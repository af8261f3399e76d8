#!/usr/bin/env bash
# The executable bit of a file counts as its content does: of inputs, outputs and files in directories.
. "$(dirname "$0")/lib.sh"

mkdir tools
printf '#!/bin/sh\necho made\n' >gen.sh
cp gen.sh tools/gen.sh
ln -s gen.sh link.sh
chmod +x gen.sh tools/gen.sh
pipeline <<'INI'
[stage:make]
command = cp {{input.i}} {{output.tool}} && mkdir {{output.d}} && cp {{input.i}} {{output.d}}/tool
input.i = gen.sh
output.tool = tool.sh
output.d = tools

[stage:use]
command = {{input.tool}} >{{output.o}} && {{input.d}}/tool >>{{output.o}}
input.tool = {{make.tool}}
input.d = {{make.d}}
output.o = o.txt

[stage:dir]
command = ls -l {{input.d}} | cut -c 1-10 >{{output.o}}
input.d = tools
output.o = o.txt

[stage:link]
command = cp {{input.l}} {{output.o}} && chmod -x {{output.o}}
input.l = link.sh
output.o = o.txt

[stage:times]
command = cp {{input.t}} {{output.o}}; touch {{output.o}}
input.t = gen.sh
input.t.track = exists
output.o = o.txt
INI
run_ok
run_ok
ran
expect_manifest make '.inputs[0].executable and .outputs[0].executable and (.outputs[1] | has("executable") | not)'
expect_manifest link '.inputs[0].executable and (.outputs[0] | has("executable") | not)'
# An output without its bit is made again; so is what another one reads.
chmod -x "$(stage_dir make)/tool.sh"
run_fails 4 verify
expect_out 'tool.sh.*executable'
run_ok run -n
expect_out 'executable bit'
run_ok
ran make
expect_reasons make output_changed
[ -x "$(stage_dir make)/tool.sh" ] || fail 'not executable'
chmod -x "$(stage_dir make)/tools/tool"
run_ok
ran make
run_ok
ran
# Without the index, too.
chmod +x "$(stage_dir link)/o.txt"
rm -r out/pipeline/.restage
run_ok
ran link
# Inputs, also in a directory and behind a link. Only what compares contents is concerned.
chmod -x tools/gen.sh
run_ok
ran dir
expect_reason dir input_changed tools
chmod -x gen.sh
run_fails 1 run -k
ran make use link
expect_reasons link input_changed
chmod +x gen.sh
run_ok
ran make link # what the other one succeeded with is there again
chmod o+w,g-r gen.sh tools/gen.sh # other bits do not count
run_ok
ran
run_ok verify
# accept takes it.
chmod -x gen.sh
run_ok accept link
run_ok run link
ran

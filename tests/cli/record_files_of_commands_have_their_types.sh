#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:tool]
command = printf '#!/bin/sh\ncat "$@"\n' > {{output.t}}; chmod +x {{output.t}}
output.t = {{root}}/bin/join.sh
[stage:a]
command = sh bin/join.sh tools/pre.sh in/talk.mp4 in/notes.vcf.gz {{input.text}} > {{output.o}}
input.text = in/words.txt
output.o = o.txt
INI
mkdir in tools
touch in/{talk.mp4,notes.vcf.gz,words.txt} tools/pre.sh
run_ok
same "$(manifest a '.inputs[] | .type + " " + .label + " " + .origin')" 'text text declared
program program command
program program command
video video command
vcf vcf command'

# Programs are no news: neither in logs nor in the graph, but for those that a stage makes.
same "$(pipeline_log | sed -n 's/.*📥 Input: //p')" $'in/words.txt\nbin/join.sh\nin/talk.mp4\nin/notes.vcf.gz'
log_of a | found 'Input video: in/talk.mp4'
! log_of a | grep -q 'Input.*pre.sh' || fail 'a program is told'
run_ok verify
run_ok graph --files
expect_out 'talk.mp4'
expect_out 'bin/join.sh'
expect_no_out 'pre.sh'
run_ok graph --files --format mermaid
expect_no_out 'pre.sh'
run_ok graph --programs
expect_out 'talk.mp4'
expect_out 'pre.sh'

# The type is no part of the identity.
mv in/talk.mp4 in/talk.txt
sed -i 's/talk.mp4/talk.txt/' pipeline.ini
run_ok accept a
expect_manifest a '[.inputs[].type] | index("video") | not'
echo 1 >tools/pre.sh
run_ok
ran a
expect_reason a input_changed tools/pre.sh

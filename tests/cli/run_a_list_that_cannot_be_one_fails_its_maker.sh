#!/usr/bin/env bash
# An empty list, names that clash, a maker that fails: what waits for it is blocked, and looking says so.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:split]
command = for i in $(cat {{input.n}}); do mkdir -p {{output.d}}/$(dirname $i); touch {{output.d}}/$i; done; test ! -e bad
input.n = n.txt
output.d = d/
track_command = no
[stage:work]
foreach.part = {{split.d}}/**/*.x
command = touch {{output.o}}
output.o = o
[stage:all]
command = echo {{input.o}} > {{output.all}}
input.o = {{work.o}}
output.all = all
INI
touch n.txt
run_fails 1
expect_err "split: failed .*makes no instance of stage 'work': nothing in it matches .*'foreach.part.empty = ok'"
expect_err '^all: not run, needs split$'
expect_manifest split '.status == "failed"'
expect_no_file out/pipeline/01_split/d
echo one.x two.x >n.txt
run_ok
ran split work/one work/two all
: >n.txt
run_fails 1
expect_err '^all: not run, needs split$'
run_fails 1 status -q
# Put back, nothing needs to run.
echo one.x two.x >n.txt
run_ok
ran
touch bad
echo one.x three.x >n.txt
run_fails 1 -k
ran split
expect_err '^all: not run, needs split$'
rm bad
run_ok
ran split work/three all
# Two of a name
echo one.x sub/one.x >n.txt
run_fails 1
expect_err "split: failed .*would both be instance 'one'"
run_fails 1 status -q
expect_err "warning: .*would both be instance 'one'"
run_ok check
run_fails 1
sed -i 's|^foreach.part = .*|&\nforeach.part.name = {{each.part \| replace / _}}|' pipeline.ini
run_ok
ran work/out_pipeline_01_split_d_sub_one.x all
run_ok status -q
# None, where that is permitted
sed -i '/^foreach.part.name/d; s|^foreach.part = .*|&\nforeach.part.empty = ok|' pipeline.ini
: >n.txt
run_fails 1
expect_err "all: failed .*stage 'work' has no instances"
sed -i 's|^input.o = .*|&\ninput.o.optional = yes|' pipeline.ini
run_ok
expect_file out/pipeline/03_all/all ""
run_ok
ran
# A maker that may fail makes nothing then, and one that skips, too.
echo one.x >n.txt
touch bad
sed -i 's|^input.n = .*|&\nallow_failure = yes|' pipeline.ini
run_ok
ran split
run_ok list
expect_no_out work
rm bad
run_ok
ran split work/one all
sed -i 's#^command = for.*#command = stageio finalize skipped --reason none#' pipeline.ini
PATH=$BUILD:$PATH run_ok
ran split all
# A definition that is another by now is not mixed with what it was.
sed -i 's|^command = stageio.*|command = touch {{output.d}}/new.x; echo "# new" >>pipeline.ini|' pipeline.ini
run_fails 2
expect_err "'pipeline.ini' was changed while the run went on: run again"
sed -i 's|; echo "# new".*||' pipeline.ini
run_ok
ran split work/new all

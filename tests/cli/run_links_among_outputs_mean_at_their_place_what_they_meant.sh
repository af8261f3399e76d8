#!/usr/bin/env bash
# Outputs that are links, or hold some, are valid at their final place, and up to date; one that would lead nowhere
# fails its attempt with its name.
. "$(dirname "$0")/lib.sh"

mkdir -p data/sub elsewhere
echo one >data/in.txt
echo two >data/sub/two.txt
echo else >"$temp/else.txt"
pipeline <<INI
[stage:rel]
command = ln -rs {{input.f}} {{output.l}}
input.f = data/in.txt
output.l = l.txt

[stage:abs]
command = ln -s "\$PWD/{{input.f}}" {{output.l}} && ln -s $temp/else.txt {{output.m}}
input.f = data/in.txt
output.l = deep/er/l.txt
output.m = m.txt

[stage:between]
command = echo 3 >{{output.b}}; ln -s b.txt {{output.a}}; ln -s "\$STAGEIO_OUTPUT_DIR/b.txt" {{output.c}}; ln -s "\$STAGEIO_OUTPUT_DIR/a.txt" {{output.d}}; ln -s "\$STAGEIO_OUTPUT_DIR/b.txt" {{output.e}}; ln -rs {{output.e}} {{output.f}}; echo 6 >{{output.g}}; ln -s .events.txt {{output.h}}
output.a = a.txt
output.b = b.txt
output.c = sub/c.txt
output.d = d.txt
output.e = {{root}}/dist/e.txt
output.f = f.txt
output.g = .events.txt
output.h = h.txt

[stage:dir]
command = mkdir -p {{output.d}}/x && cd {{output.d}} && echo 4 >x/f && ln -s x/f rel && ln -s "\$PWD/x" abs && ln -s ../rel x/up && ln -rs "\$HERE/data/in.txt" x/in && ln -s "\$HERE/data" x/all && ln -rs "\$HERE/data/sub" x/subdir && ln -s "\$STAGEIO_OUTPUT_DIR" "\$STAGEIO_OUTPUT_DIR/left"
env.HERE = $PWD
output.d = tree

[stage:todir]
command = ln -rs data/sub {{output.d}}
input.d = data/sub
output.d = sub

[stage:final]
command = echo 5 >{{output.b}} && ln -s ../../../data/in.txt {{output.l}} && ln -s ../06_final/b.txt {{output.m}}
output.l = l.txt
output.m = m.txt
output.b = b.txt

[stage:reader]
command = cat {{input.r}} {{input.f}} {{input.d}}/x/in {{input.d}}/rel {{input.d}}/abs/f >{{output.o}}
input.r = {{rel.l}}
input.f = {{between.f}}
input.d = {{dir.d}}
output.o = o.txt
INI
run_ok
job=out/pipeline
expect_file $job/01_rel/l.txt one
expect_file $job/02_abs/deep/er/l.txt one
expect_file $job/02_abs/m.txt else
same "$(readlink $job/02_abs/m.txt)" "$temp/else.txt"
expect_file $job/03_between/h.txt 6 # it only begins like a name of the runner's own
for name in a.txt sub/c.txt d.txt f.txt; do expect_file $job/03_between/$name 3; done
expect_file dist/e.txt 3
same "$(readlink $job/03_between/a.txt)" b.txt
same "$(readlink $job/03_between/d.txt)" a.txt
same "$(readlink dist/e.txt)" ../out/pipeline/03_between/b.txt
same "$(readlink $job/03_between/f.txt)" b.txt # by ln -r
for name in rel abs/f x/up; do expect_file $job/04_dir/tree/$name 4; done
same "$(readlink $job/04_dir/tree/x/up)" ../rel
expect_file $job/04_dir/tree/x/in one
expect_file $job/04_dir/tree/x/all/sub/two.txt two
expect_file $job/04_dir/tree/x/subdir/two.txt two
expect_file $job/05_todir/sub/two.txt two
expect_file $job/06_final/l.txt one
expect_file $job/06_final/m.txt 5
expect_file $job/07_reader/o.txt $'one\n3\none\n4\n4'
same "$(find . -xtype l)" ''
# The checksum is of what they lead to.
same "$(manifest rel '.outputs[0].checksum')" "$(manifest rel '.inputs[0].checksum')"
same "$(manifest final '.outputs[0].checksum')" "$(manifest rel '.inputs[0].checksum')"
run_ok
ran
same "$(readlink $job/04_dir/left)" .
rm $job/04_dir/left # nothing tracks it
run_ok verify
rm -r $job/.restage
run_ok
ran
# A moved tree, too.
mkdir ../moved
mv -- * ../moved
cd ../moved
run_ok run rel between todir
ran
cd ../work
mv ../moved/* .
# What they lead to is seen to change.
echo other >data/in.txt
run_ok
ran rel abs dir final reader
run_ok
ran
# Done aside, they are made as they were.
run_ok replay --check rel abs between dir todir
expect_no_out 'not reproduced'

# Nowhere, in all ways.
bad() {
	rm -rf out
	printf '[stage:a]\n%s\n' "$1" >pipeline.ini
	printf '%s\n' "${@:3}" >>pipeline.ini
	run_fails 1
	expect_err "$2"
	expect_no_file out/pipeline/01_a/l
}
bad 'command = ln -s nowhere {{output.l}}' "01_a/l' is a link that would lead nowhere: 'nowhere'" 'output.l = l'
bad 'command = ln -s l {{output.l}}' '01_a/l' 'output.l = l'
bad 'command = mkdir {{output.l}}; ln -s ../gone {{output.l}}/k' "01_a/l/k' is a link that would lead nowhere" \
	'output.l = l'
bad 'command = touch {{intermediate.i}}; ln -s i {{output.l}}' "01_a/l' is a link" 'output.l = l' \
	'intermediate.i = i' 'intermediate.i.retained = no'
# shellcheck disable=SC2016 # for the stage's shell
bad 'command = ln -s .events {{output.l}}; echo {} >>$STAGEIO_EVENTS' "01_a/l' is a link" 'output.l = l'
bad 'command = ln -s /dev/null {{output.l}}' 'neither a file nor a directory' 'output.l = l'
bad 'command = mkdir {{output.l}}; ln -s . {{output.l}}/self' 'leads back' 'output.l = l'
bad 'command = touch {{output.t}}; ln -s t {{output.l}}' "01_a/l' is a link" 'output.l = l' 'output.t = t' \
	'output.t.temporary = yes' '[stage:b]' 'command = cat {{input.t}}' 'input.t = {{a.t}}'
rm -rf out
pipeline <<'INI'
[stage:made]
command = mkdir {{output.d}}; touch {{output.d}}/x
output.d = {{root}}/far
output.d.temporary = yes
[stage:a]
command = mkdir {{output.l}}; ln -rs {{input.d}}/x {{output.l}}
input.d = {{made.d}}
output.l = l
INI
run_fails 1
expect_err "02_a/l/x' is a link that would lead nowhere"
expect_file far/x

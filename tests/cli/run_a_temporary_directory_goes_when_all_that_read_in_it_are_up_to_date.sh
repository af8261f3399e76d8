#!/usr/bin/env bash
# A temporary directory of which instances read a file each: it goes as a whole when all of them are up to
# date, and is made again only if one of them has to run.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:split]
command = for i in $(cat {{input.n}}); do echo $i > {{output.d}}/p$i; done
input.n = n.txt
output.d = d/
output.d.temporary = yes
[stage:work]
foreach.part = {{split.d}}/*
command = cat {{input.p}} extra > {{output.o}}; test ! -e fail{{stage.instance}}
input.p = {{each.part}}
output.o = o
track_command = no
[stage:all]
command = cat {{input.o}} > {{output.all}}
input.o = {{work.o}}
output.all = all
INI
d=out/pipeline/01_split/d
: >extra
echo 1 2 >n.txt
touch failp2
run_fails 1 -k
expect_file $d/p1
rm failp2
run_ok
ran work/p2 all
expect_no_err 'no stage reads it'
expect_no_file $d
run_ok
ran
run_ok status -q
run_ok verify
rm -r out/pipeline/.restage/index
run_ok status -q
run_ok
ran

# One of them has to run: its directory is made again, and nothing else.
sed -i 's|^command = cat {{input.p}}|command = cat -- {{input.p}}|' pipeline.ini
rm out/pipeline/02_work/p1/o
run_ok -n
expect_out '^run +split .*is made again for work/p'
run_fails 2 replay --check work/p1
expect_err 'temporary and gone: make it again'
run_ok
ran split work/p1 work/p2
expect_no_file $d

# It comes to have more.
echo 1 2 3 >n.txt
run_ok
ran split work/p3 all
expect_no_file $d
run_ok
ran

# The listings are lost: it is made again, since nobody knows what was in it.
rm -r out/pipeline/.restage
run_ok status
expect_out 'work: its instances are known when split has run'
run_ok
ran split
expect_no_file $d
run_ok
ran
# A target stays.
run_ok run split
ran split
expect_file $d/p3 3
run_ok
expect_no_file $d

# Links in it lead to what goes with it; one from elsewhere would lead nowhere then.
mkdir links
cd links
pipeline <<'INI'
[stage:make]
command = mkdir -p {{output.d}}/sub; echo x >{{output.d}}/a; ln -s ../a {{output.d}}/sub/l; ln -s sub {{output.d}}/m
output.d = d
output.d.temporary = yes
[stage:read]
command = cat {{input.d}}/m/l >{{output.o}}
input.d = {{make.d}}
output.o = o
INI
run_ok
ran make read
expect_file out/pipeline/02_read/o x
expect_no_file out/pipeline/01_make/d
run_ok
ran
sed -i 's|^output.d = d|&\noutput.l = l|; s|^command = mkdir.*|&; ln -s d/a {{output.l}}|' pipeline.ini
run_fails 1
expect_err 'is a link that would lead nowhere'

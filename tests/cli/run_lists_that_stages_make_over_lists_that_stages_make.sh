#!/usr/bin/env bash
# Several levels: the lines of files of instances of files that are found, by title. What gathers a title
# waits for its lists only, and what gathers all for all of them.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:cut]
foreach.title = a
  b
command = for i in $(cat {{input.n}}); do echo $i > {{output.d}}/p$i; done
input.n = {{each.title}}.txt
output.d = d/
[stage:scan]
foreach.title = a
  b
foreach.part = {{cut.d}}/*
command = { echo x; cat {{input.p}}; } > {{output.l}}
input.p = {{each.part}}
output.l = l
[stage:line]
foreach.title = a
  b
foreach.part = {{cut.d}}/*
foreach.line = @{{scan.l}}
command = echo {{each.title}} {{each.part | name}} {{each.line}} > {{output.o}}
output.o = o
[stage:title]
foreach.title = a
  b
command = cat {{input.o}} > {{output.o}}
input.o = {{line.o}}
output.o = o
[stage:all]
command = cat {{input.o}} > {{output.o}}
input.o = {{title.o}}
output.o = o
INI
echo 1 2 >a.txt
echo 3 >b.txt
run_ok
expect_file out/pipeline/05_all/o "$(printf '%s\n' 'a p1 x' 'a p1 1' 'a p2 x' 'a p2 2' 'b p3 x' 'b p3 3')"
run_ok -n
expect_out '^nothing to do: 14 stages'
echo 3 4 >b.txt
run_ok
ran cut/b scan/b,p4 line/b,p4,x line/b,p4,4 title/b all
run_ok
ran
rm -r out/pipeline/.restage
echo 2 >a.txt
run_ok
ran cut/a title/a all
expect_file out/pipeline/05_all/o "$(printf '%s\n' 'a p2 x' 'a p2 2' 'b p3 x' 'b p3 3' 'b p4 x' 'b p4 4')"
run_ok status -q
# A record that is lost is made again, and all that is as it was stays.
rm out/pipeline/01_cut/b/manifest.json
run_ok list
expect_no_out scan/b
run_ok
ran cut/b

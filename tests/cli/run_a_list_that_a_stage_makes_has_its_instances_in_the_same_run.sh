#!/usr/bin/env bash
# An instance for each file that another stage finds: they come in the run in which that is settled, in
# the order that people count in, and a gather has all of them and no more.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:split]
command = for i in $(cat {{input.n}}); do echo "$i" > {{output.parts}}/part$i.txt; done
input.n = n.txt
output.parts = parts/
[stage:work]
foreach.part = {{split.parts}}/*.txt
command = cat {{input.p}} > {{output.o}}
input.p = {{each.part}}
output.o = o.txt
[stage:gather]
command = cat {{input.o}} > {{output.all}}
input.o = {{work.o}}
output.all = all.txt
[stage:other]
command = echo hi > {{output.o}}; echo "o: common.h" > {{stage.dir}}/d
output.o = o.txt
depfile = d
INI
echo 1 >common.h
all() { tr '\n' ' ' <"$(stage_dir gather)/all.txt"; }

echo 1 2 10 >n.txt
run_ok run -n
expect_out '^work: its instances are known when split has run$'
run_ok
ran split work/part1 work/part2 work/part10 gather other
same "$(all)" "1 2 10 "
run_ok list
same "$(awk '{ print $2 }' "$out" | tr '\n' ' ')" "split work/part1 work/part2 work/part10 gather other "
before=$(snapshot out)
run_ok
same "$(snapshot out | grep -v -e /logs -e /.restage)" "$(grep -v -e /logs -e /.restage <<<"$before")"
rm -r out/pipeline/.restage
run_ok
expect_err '^nothing to do: 6 up to date'

# It grows: only what is new runs, and what gathers it. Its neighbours stay.
echo 1 2 3 10 >n.txt
run_ok status
expect_out '^work: 3 instances by what was made last; the number may change when split has run$'
run_ok status --json
same "$(jq -c .may_change "$out")" '[{"stage":"work","instances":3,"made_by":"split"}]'
run_ok run -n --json
same "$(jq -c .may_change "$out")" '[{"stage":"work","instances":3,"made_by":"split"}]'
run_ok
ran split work/part3 gather
same "$(all)" "1 2 3 10 "
run_ok status
expect_no_out 'may change'
run_ok verify
dot=$(cat out/pipeline/graph.dot)
run_ok
expect_err '^nothing to do: 7 up to date'
same "$(cat out/pipeline/graph.dot)" "$dot"
found -F '"work/part2"' <<<"$dot"

# What only the stage told of keeps its place.
echo 2 >common.h
echo 1 2 3 4 10 >n.txt
run_ok
ran split work/part4 gather other
run_ok
ran
echo 3 >common.h
run_ok
ran other

# It shrinks, and what is gone is nobody's input.
echo 2 >n.txt
run_ok
ran split gather
same "$(all)" "2 "
run_ok list
expect_no_out part10
run_ok -n
expect_out '^nothing to do: 4 stages'

# What lies in the directory says nothing: it is made again.
touch out/pipeline/01_split/parts/part7.txt
run_ok list
expect_no_out part7
rm -r out/pipeline/.restage
run_ok list
expect_no_out part7
run_ok
ran split
expect_no_file out/pipeline/01_split/parts/part7.txt
# Another number, another job: nothing runs, and all is found.
{ printf '[stage:first]\ncommand = true\n'; cat pipeline.ini; } >new.ini
mv new.ini pipeline.ini
run_ok status
expect_out '^work/part2 +up to date'
run_ok
ran first
expect_file out/pipeline/03_work/part2/o.txt 2

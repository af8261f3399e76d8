#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo hg >hg38.fa
echo mm >mm39.fa
echo A >A.fq
echo B >B.fq
mkdir parts
cat >parts/inner.ini <<'INI'
[stage:deep]
command = echo {{params.genome}} {{params.depth}} > {{output.o}}
output.o = o.txt
INI
cat >parts/qc.ini <<'INI'
[pipeline]
include = shared.ini
[params]
genome = hg38.fa
threads = 2
depth = own
tool = {{params.genome}}.{{params.threads}}
[table:units]
columns = sample file
rows =
	A A.fq
	B B.fq
[template:base]
env.X = {{params.genome}}
[defaults]
config.part = {{params.genome}}
[env]
PART = {{params.depth}}
[include:inner]
file = inner.ini
prefix = in_
params.depth = {{params.depth}}er
[stage:align]
use = base
foreach.unit = {{tables.units}}
command = cat {{input.g}} {{input.f}} > {{output.bam}}; echo {{params.tool}} $X $PART {{config.part}} >> {{output.bam}}
input.g = {{params.genome}}
input.f = {{each.unit.file}}
output.bam = x.bam
[stage:sum]
command = cat {{input.all}} > {{output.o}}
input.all = {{align.bam}}
input.one = {{align[A].bam}}
after = in_deep, extra
output.o = sum.txt
INI
cat >parts/shared.ini <<'INI'
[stage:extra]
command = echo {{params.genome}} > {{output.o}}
output.o = o.txt
INI
pipeline <<'INI'
[params]
threads = 3
mm = mm39.fa
[template:base]
config.mine = 1
[include:mouse]
file = parts/qc.ini
prefix = mouse_
params.genome = {{params.mm}}
[include:human]
file = parts/qc.ini
prefix = human_
params.depth = given
[stage:main]
use = base
command = cat {{input.m}} {{input.h}} > {{output.o}}; echo {{config.mine}}${PART-none} >> {{output.o}}
input.m = {{mouse_sum.o}}
input.h = {{human_sum.o}}
output.o = o.txt
INI
run_ok
expect_file out/*/*_main/o.txt "mm
A
mm39.fa.3 mm39.fa own mm39.fa
mm
B
mm39.fa.3 mm39.fa own mm39.fa
hg
A
hg38.fa.3 hg38.fa given hg38.fa
hg
B
hg38.fa.3 hg38.fa given hg38.fa
1none"
expect_file out/*/*_mouse_in_deep/o.txt "mm39.fa owner"
expect_file out/*/*_human_in_deep/o.txt "hg38.fa givener"
expect_file out/*/*_mouse_extra/o.txt mm39.fa
expect_file out/*/*_human_extra/o.txt hg38.fa
run_ok list
same "$(awk '{print $1 $2}' "$out" | tr '\n' ' ')" \
	"1mouse_extra 2mouse_in_deep 3mouse_align/A 3mouse_align/B 4mouse_sum 5human_extra 6human_in_deep 7human_align/A 7human_align/B 8human_sum 9main "
run_ok
ran
# -p reaches what no section gives; one part's parameter is none of the other's business
run_ok -p threads=4
ran mouse_align/A mouse_align/B human_align/A human_align/B mouse_sum human_sum main
sed -i 's/^params.depth = given/params.depth = other/' pipeline.ini
run_ok
ran human_in_deep human_align/A human_align/B human_extra human_sum main

# The same words mean another table in another part.
printf 'n,v\nx,1\n' >a.csv
printf 'n,v\ny,2\nz,3\n' >b.csv
cat >sheet.ini <<'INI'
[table:t]
file = {{params.sheet}}
[stage:s]
foreach.u = {{tables.t}}
command = echo {{each.u.v}} > {{output.o}}
output.o = o.txt
INI
cat >sheets.ini <<'INI'
[include:a]
file = sheet.ini
prefix = a_
params.sheet = a.csv
[include:b]
file = sheet.ini
prefix = b_
params.sheet = b.csv
INI
run_ok -f sheets.ini
ran a_s/x b_s/y b_s/z
expect_file out/sheets/*_b_s/z/o.txt 3

# Mistakes are told at their line, and for which section.
cat >bad.ini <<'INI'
[params]
genome = hg
loop = {{params.pool}}
pool = {{params.loop}}
[stage:s]
command = echo {{params.genoem}} {{params.loop}}
input.k = {{ss.o}}
timeout = x
INI
pipeline <<'INI'
[include:a]
file = bad.ini
prefix = a_
params.genome = 1
params.genomes = 2
filee = 1
[include:b]
file = bad.ini
prefix = b_
[include:c]
prefix = x y
[include:d]
file = none.ini
params.x = 1
[include:e]
file = pipeline.ini
prefix = e_
[include:f]
file = {{params.x}}
INI
run_fails 2 check
expect_err "^bad.ini:6: stage 'a_s': unknown placeholder '\{\{params.genoem\}\}'; did you mean 'params.genome'\? \(for \[include:a\] in pipeline.ini:1\)$"
expect_err "^bad.ini:7: stage 'b_s': unknown placeholder '\{\{ss.o\}\}': there is no stage 'ss'; did you mean 's'\? \(for \[include:b\] in pipeline.ini:7\)$"
expect_err "^bad.ini:8: stage 'a_s': 'timeout' is 'x': .* \(for \[include:a\] in pipeline.ini:1\)$"
expect_err "^bad.ini:[34]: parameter '.*' is made from itself: (loop -> pool -> loop|pool -> loop -> pool) "
expect_err "^pipeline.ini:5: 'params.genomes': nothing in that file names \{\{params.genomes\}\}; did you mean 'genome'\?$"
expect_err "^pipeline.ini:6: \[include:a\]: unknown key 'filee'; did you mean 'file'\?$"
expect_err "^pipeline.ini:10: \[include:c\]: it takes 'file'"
expect_err "^pipeline.ini:11: 'prefix' is 'x y': it takes"
expect_err "^pipeline.ini:13: cannot open 'none.ini'"
expect_no_err "^pipeline.ini:14"
expect_err "^pipeline.ini:16: the file includes itself: pipeline.ini -> pipeline.ini$"
expect_err "^pipeline.ini:19: 'file' takes no placeholders$"
run_fails 2 check --json
jq -e 'any(.diagnostics[]; .file == "bad.ini" and .line == 8 and .stage == "a_s" and .key == "timeout")' "$out" >/dev/null

# Also those that only the whole graph shows.
cat >knot.ini <<'INI'
[stage:s]
command = cat {{input.i}} > {{output.o}}
input.i = {{t.o}}
output.o = o
[stage:t]
command = cat {{input.i}} > {{output.o}}
input.i = {{s.o}}
output.o = o
INI
pipeline <<'INI'
[include:a]
file = knot.ini
prefix = a_
[include:b]
file = knot.ini
prefix = b_
INI
run_fails 2 check
expect_err "^knot.ini:1: cycle: a_s -> a_t -> a_s \(for \[include:a\] in pipeline.ini:1\)$"
expect_err "^knot.ini:1: cycle: b_s -> b_t -> b_s \(for \[include:b\] in pipeline.ini:4\)$"

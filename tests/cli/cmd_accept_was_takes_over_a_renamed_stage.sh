#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

define() { # $1: name of the first stage, $2: of that with instances, $3: more of the first
	pipeline <<INI
[stage:$1]
command = cp {{input.i}} {{output.o}}; cp {{input.i}} {{output.far}}
input.i = in.txt
output.o = o.txt
output.far = {{root}}/dist/far.txt
$3
[stage:$2]
foreach.n = 1..3
command = cat {{input.a}} > {{output.o}}; echo {{each.n}} >> {{output.o}}
input.a = {{$1.o}}
output.o = o.txt
[stage:all]
command = cat {{input.parts}} {{input.far}} > {{output.all}}
input.parts = {{$2.o}}
input.far = {{$1.far}}
output.all = all.txt
INI
}
agrees() {
	run_ok status -q
	run_ok run -n
	expect_out '^nothing to do'
	run_ok verify
	run_ok
	ran
}

echo 1 >in.txt
define old parts ''
run_ok
echo >>out/pipeline/01_old/stage.log

# What is no renaming is refused, with its remedy, and nothing is changed.
before=$(snapshot out/pipeline/0*)
run_fails 2 accept all --was parts
expect_err "stage 'parts' is still in the definition"
run_fails 2 accept --was old
expect_err 'needs the name of a stage'
define new parts ''
run_fails 2 accept new --was odl
expect_err "has nothing that a stage 'odl' made; did you mean 'old'\?"
run_fails 2 accept new all --was old
expect_err 'is for one stage'
run_fails 2 accept parts/1 --was old
expect_err 'is for one stage'
run_fails 2 accept parts --was old
expect_err "stage 'parts' has instances, and 'old' had none: run it"
run_fails 2 accept all --was old
expect_err "stage 'all' has files of its own in 'out/pipeline/03_all': 'restage clean all' first"
sed -i 's/^output.o = o.txt/output.o = other.txt/' pipeline.ini
run_fails 2 accept new --was old
expect_err "01_old/other.txt' does not exist: run the stage instead"
same "$(snapshot out/pipeline/0*)" "$before"

# The stage, with a comment of its own changed, and those that read its files.
define new parts ''
run_fails 1 status -q
run_ok accept new --was old
same "$(cat "$out")" 'accepted new, which was old'
expect_no_file out/pipeline/01_old
agrees
expect_manifest new '.stage == "new" and .stage_dir == "out/pipeline/01_new" and .outputs[0].path == "out/pipeline/01_new/o.txt"'
expect_manifest new '.accepted.renamed == {"from": "old", "to": "new"} and .accepted.reasons == [] and (.reasons | length) == 1'
jq -e '.accepted.renamed.from == "old"' out/pipeline/02_parts/1/manifest.json >/dev/null
expect_manifest all '.accepted == null'
same "$(jq -r '.inputs[0].path' out/pipeline/02_parts/2/manifest.json)" out/pipeline/01_new/o.txt
grep -q "Renamed: the stage was 'old' and is 'new'" out/pipeline/01_new/stage.log
run_ok why new
expect_out "accepted .* without a run: it was called 'old'"

# One with instances; the index may be gone; what changed beside its name is accepted, too.
rm -r out/pipeline/.restage
define new pieces 'description = moved'
sed -i 's/echo {{each.n}} >>/echo {{each.n}}  >>/' pipeline.ini
run_ok accept 02_pieces --was 02_parts
expect_out '^accepted pieces/1, which was parts:$'
expect_out 'command'
expect_no_file out/pipeline/02_pieces/manifest.json
agrees
same "$(jq -r .stage out/pipeline/02_pieces/manifest.json)" pieces
expect_manifest all '.inputs[0].path == "out/pipeline/02_pieces/1/o.txt"'
same "$(jq -r '.stage, .accepted.renamed.to, .accepted.reasons[0].code' out/pipeline/02_pieces/3/manifest.json | xargs)" \
	'pieces/3 pieces command_changed'

# Of a reader that changed in other ways, too, only the name is taken.
define newest parts ''
sed -i '/^input.far/d; s/^input.parts/input.far = {{newest.far}}\ninput.parts/' pipeline.ini
run_ok accept newest --was new
run_ok accept parts --was pieces
run_ok run -n
expect_out '^run +all .*order of its inputs'
sed -i 's/1..3/1..4/' pipeline.ini
run_ok run -n
expect_no_out 'parts/[123]|newest'
run_ok
ran all parts/4

# A change of an input is seen as before.
echo 2 >in.txt
run_ok
ran newest parts/{1,2,3,4} all

# A stage whose output says which instances another one has.
pipeline <<'INI'
[stage:split]
command = mkdir -p {{output.parts}}; split -l 5 {{input.big}} {{output.parts}}/part_
input.big = big.txt
output.parts = parts/
[stage:work]
foreach.p = {{split.parts}}/*
command = cat {{input.p}} > {{output.o}}
input.p = {{each.p}}
output.o = o.txt
INI
seq 15 >big.txt
rm -r out
run_ok
sed -i 's/split\([].]\)/cut\1/' pipeline.ini
run_ok accept cut --was split
same "$(cat "$out")" 'accepted cut, which was split'
agrees

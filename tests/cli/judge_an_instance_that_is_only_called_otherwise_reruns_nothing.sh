#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Instances are known by their values: other names rename directories, and nothing runs.
mkdir in
for n in 1 2 3; do
	echo "$n" >in/x$n.txt
done
write() {
	pipeline <<INI
[stage:a]
foreach.e = in/*.txt
$1
command = cp {{input.i}} {{output.o}}
input.i = {{each.e}}
output.o = o.txt
[stage:b]
foreach.e = in/*.txt
command = cp {{input.i}} {{output.o}}
input.i = {{a[$2].o}}
output.o = o.txt
[stage:all]
command = cat {{input.o}} > {{output.all}}
input.o = {{a.o}}
output.all = all.txt
INI
}
write '' '{{each.e | stem}}'
run_ok
ran a/x1 a/x2 a/x3 b/x1 b/x2 b/x3 all
expect_manifest a/x1 '.each == {"e": "in/x1.txt"}'

renamed() {
	run_ok status -q
	run_ok run -n
	run_ok verify
	run_ok why a
	run_ok
	ran
	run_ok verify
	run_ok status -q
	rm -rf out/*/.restage
	run_ok
	ran
}

write 'foreach.e.name = n_{{each.e | stem}}' 'n_{{each.e | stem}}'
renamed
expect_file out/pipeline/01_a/n_x2/o.txt 2
expect_no_file out/pipeline/01_a/x2
expect_manifest a/n_x2 '.stage == "a/n_x2" and .outputs[0].path == "out/pipeline/01_a/n_x2/o.txt"'
expect_manifest all '[.inputs[].path] == ["out/pipeline/01_a/n_x1/o.txt", "out/pipeline/01_a/n_x2/o.txt", "out/pipeline/01_a/n_x3/o.txt"]'

# names that go round, and a number that changes in the same run
write 'foreach.e.name = {{each.e | stem | replace x1 y | replace x2 n_x1 | replace x3 n_x2 | replace y n_x3}}' \
	'{{each.e | stem | replace x1 y | replace x2 n_x1 | replace x3 n_x2 | replace y n_x3}}'
renamed
expect_file out/pipeline/01_a/n_x1/o.txt 2
expect_file out/pipeline/01_a/n_x3/o.txt 1
sed -i '1i [stage:first]\ncommand = true' pipeline.ini
run_ok
ran first
expect_file out/pipeline/02_a/n_x1/o.txt 2

# a run that was killed between two renames
mv out/pipeline/02_a/n_x1 out/pipeline/02_a/.renamed.1.1
renamed
expect_file out/pipeline/02_a/n_x1/o.txt 2

# what a restage made that recorded no values is known by the name that it gave
rm -rf out
write '' '{{each.e | stem}}'
run_ok
for manifest in out/pipeline/*/*/manifest.json; do
	jq 'del(.each)' "$manifest" >new.json
	mv new.json "$manifest"
done
write 'foreach.e.name = {{each.e | name}}' '{{each.e | name}}'
renamed
expect_file out/pipeline/01_a/x2.txt/o.txt 2

# a value that changed is another instance
mv in/x3.txt in/x4.txt
run_ok
ran a/x4.txt b/x4 all

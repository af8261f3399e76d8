#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

define() {
	pipeline <<INI
[stage:keep]
command = echo k > {{output.o}}
output.o = k.txt
$1
[stage:copies]
foreach.n =
$(tr ' ' '\n' <<<"$2" | sed 's,^,  ,')
command = echo {{each.n}} | tee {{output.o}} > {{output.far}}
output.o = o.txt
output.far = {{root}}/dist/{{each.n}}.txt
$3
INI
}
gone='[stage:old]
command =
  echo o > {{output.o}}
  echo far > {{output.far}}
  mkdir {{output.d}}; echo in > {{output.d}}/in
  echo x | tee {{output.taken}} > {{output.read}}
output.o = o.txt
output.d = {{root}}/dist/d
output.far = {{root}}/dist/far.txt
output.taken = {{root}}/dist/taken.txt
output.read = {{root}}/dist/read.txt'
many='[stage:many]
foreach.n = 1..2
command = echo {{each.n}} > {{output.o}}
output.o = o.txt'
define "$gone" 'a b' "$many"
run_ok
run_ok clean --orphans
same "$(cat "$out" "$err")" ''

# What gone stages made and another one has now stays.
define '[stage:new]
command = echo x > {{output.taken}}
output.taken = {{root}}/dist/taken.txt
input.i = dist/read.txt' a ''
run_ok
run_fails 4 verify
for path in out/pipeline/02_old out/pipeline/04_many out/pipeline/03_copies/b out/pipeline/04_many/1 out/pipeline/04_many/2; do
	expect_out "^orphan: $path/: stage '.*' is not in the definition; 'restage clean --orphans' removes"
done
expect_out "^orphan: dist/far.txt: stage 'old' is"
expect_out "^orphan: dist/d: "
expect_out "^orphan: dist/b.txt: stage 'copies/b' is"
expect_no_out 'taken|read|keep|copies/a'
run_fails 4 verify --json
jq -e '[.findings[] | select(.kind == "orphan" and .stage == null)] | length == 8' "$out" >/dev/null || fail "$(cat "$out")"

run_fails 2 clean --orphans keep
before=$(snapshot out dist)
run_ok clean --orphans -n
expect_out '^would remove dist/d$'
same "$(snapshot out dist)" "$before"
echo mine >out/pipeline/02_old/mine.txt
echo changed >dist/far.txt
run_ok clean --orphans
expect_out "^kept dist/taken.txt: stage 'new' has it"
expect_out "^kept dist/read.txt: it is an input that no stage makes"
expect_out "^kept dist/far.txt: it was changed since"
same "$(find dist -type f | sort | xargs)" 'dist/a.txt dist/far.txt dist/read.txt dist/taken.txt'
same "$(ls out/pipeline/02_old)" $'manifest.json\nmine.txt\nstage.log'
expect_no_file out/pipeline/03_copies/b
expect_no_file out/pipeline/04_many
expect_file out/pipeline/03_copies/a/o.txt a
run_ok
ran
run_ok clean --orphans --force
expect_no_file dist/far.txt
expect_file dist/read.txt x
expect_file out/pipeline/02_old/mine.txt mine

# While nobody knows which instances there are, none is gone.
pipeline <<'INI'
[stage:split]
command = mkdir {{output.d}}; touch {{output.d}}/a {{output.d}}/b
output.d = parts
[stage:per]
foreach.p = {{split.d}}/*
command = echo {{each.p | name}} >{{output.o}}
output.o = o
INI
rm -rf out
run_ok
run_ok clean split
run_ok clean --orphans
expect_no_out removed
expect_file "$(stage_dir per)/b/o" b
run_ok verify
expect_no_out orphan
sed -i 's|{{output.d}}/b$|{{output.d}}/c|' pipeline.ini
run_ok
run_ok clean --orphans
expect_out '^removed .*/b/o$'
expect_file "$(stage_dir per)/a/o" a
expect_manifest per '.status == "success"'

# Two stages over the same list wait for it both.
cat >>pipeline.ini <<'INI'
[stage:again]
command = echo {{each.p | name}} >{{output.o}}
foreach.p = {{split.d}}/*
output.o = o
INI
run_ok
run_ok clean split
run_ok run -n
expect_out '^per: its instances are known when split has run'
expect_out '^again: its instances are known when split has run'
run_ok clean --orphans
expect_no_out removed

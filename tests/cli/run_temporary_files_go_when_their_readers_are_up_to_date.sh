#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir in
for s in A B; do echo $s >in/$s; done
pipeline <<'INI'
[params]
off = yes
[stage:align]
foreach.s = A
    B
command = cat {{input.i}} > {{output.bam}}
input.i = in/{{each.s}}
output.bam = x.bam
output.bam.temporary = yes
[stage:call]
foreach.s = A
    B
command = cat {{input.bam}} > {{output.o}}; test ! -e fail{{each.s}}
input.bam = {{align.bam}}
output.o = o
track_command = no
[stage:off]
command = cat {{input.bam}} > {{output.o}}
input.bam = {{align.bam}}
output.o = o
enabled = {{params.off}} != yes
INI
bam=$(echo out/pipeline/01_align/{A,B}/x.bam)
read -r a b <<<"$bam"

# Instance by instance; a disabled reader does not count.
touch failB
run_fails 1 -k
expect_no_file "$a"
expect_file "$b" B
rm failB
run_ok
ran call/B
expect_no_file "$b"
run_ok -p off=no run -n
expect_out "^run +align/A .*made again for off"
run_ok -p off=no
ran align/A align/B off
expect_no_file "$a"

# All readers of the definition count, also those that are not part of the run.
echo A2 >in/A
run_ok run call/A
ran align/A call/A
expect_file "$a" A2
run_ok run off
ran align/B off
expect_no_file "$a"
run_ok
ran

# What a target of the run is stays; in a run that does not name it it goes, and nothing runs.
for target in align/A align "$a"; do
	run_ok run "$target"
	expect_file "$a" A2
	run_ok run "$target"
	ran
	expect_file "$a" A2
	run_ok
	ran
	expect_no_file "$a"
done
run_ok run --until align
expect_file "$b" B
run_ok run call
ran
expect_no_file "$b"

# What somebody put at its place is not the stage's, and is kept.
echo mine >"$a"
run_ok
ran align/A
expect_file "$(find out/pipeline/replaced -name x.bam)" mine
expect_no_file "$a"

# Nor is it removed when its maker is not looked at.
run_ok run align/B
echo mine >"$b"
run_ok -p off=yes run --only call/B
ran call/B
run_ok -p off=yes run --only call/B
ran
expect_file "$b" mine
run_ok
ran align/B call/B

# Nobody reads it: it is kept, with a warning.
pipeline <<'INI'
[stage:align]
command = echo {{stage.name}} > {{output.bam}}
output.bam = x.bam
output.bam.temporary = yes
[stage:around]
command = mkdir {{output.d}}; echo 1 > {{output.d}}/x
output.d = {{root}}/d
output.d.temporary = yes
[stage:part]
command = cat {{input.x}} > {{output.o}}
input.x = d/x
output.o = o
[stage:deep]
command = mkdir -p {{output.d}}; echo 1 > {{output.d}}/x
output.d = {{root}}/e/d
output.d.temporary = yes
[stage:outer]
command = ls {{input.e}} > {{output.o}}
input.e = e
output.o = o
INI
run_ok --job two
expect_file e/d/x
expect_err "align: warning: output 'out/two/01_align/x.bam' is temporary, but no stage reads it: it is kept"
expect_file out/two/01_align/x.bam
expect_no_file d
run_ok --job two
ran
run_ok check
expect_err "^pipeline.ini:1: warning: stage 'align': 'output.bam' is temporary, but no stage reads it: it is kept"
expect_no_err around

# Mistakes.
pipeline <<'INI'
[stage:a]
command = true
output.x = x
output.x.update = yes
output.x.temporary = yes
output.y = y
output.y.track = time
output.y.temporary = yes
intermediate.z = z
intermediate.z.retained = no
input.q = q
input.q.temporary = yes
[stage:b]
command = true
input.z = {{root}}/out/pipeline/01_a/z
INI
touch q
run_fails 2 check
expect_err "^pipeline.ini:5: .*updated in place cannot be temporary"
expect_err "^pipeline.ini:8: .*a temporary output is tracked by its content"
expect_err "^pipeline.ini:12: .*only outputs have 'temporary'"
sed -i '/temporary/d; /^input.q/d' pipeline.ini
run_fails 2 check
expect_err "'output.z.temporary = yes'"

# Where the manifest that tells what it was is lost, what the index has of it is no answer, either.
mkdir lost
cd lost
pipeline <<'INI'
[stage:make]
command = echo x >{{output.t}}
output.t = t
output.t.temporary = yes
[stage:read]
command = cat {{input.t}} >{{output.o}}
input.t = {{make.t}}
output.o = o
INI
run_ok
ran make read
rm out/pipeline/01_make/manifest.json
run_ok run -n --json
said=$(cat "$out")
jq -e '.stages[1].reasons[0].message == "input out/pipeline/01_make/t is gone"' "$out" >/dev/null || fail 'it counts as there'
mv out/pipeline/.restage/index index
run_ok run -n --json
same "$said" "$(cat "$out")"
mv index out/pipeline/.restage/index
run_ok
ran make

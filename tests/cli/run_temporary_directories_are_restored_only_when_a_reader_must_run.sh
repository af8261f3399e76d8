#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

python3 "$SOURCE/tests/lib/cache_server.py" "$temp/url" "$temp/asked" "$temp/held" &
wait_until [ -e "$temp/url" ]
pipeline <<'INI'
[params]
word = one
[stage:make]
command = sh make.sh {{output.d}}
output.d = d
output.d.temporary = yes
[stage:all]
command = (cat {{input.d}}/a {{input.d}}/sub/b; ls -R {{input.d}} | wc -l; echo {{params.word}}) > {{output.o}}
input.d = {{make.d}}
output.o = o
[stage:part]
command = (cat {{input.b}}; echo {{params.word}}) > {{output.o}}
input.b = {{make.d}}/sub/b
output.o = o
INI
cat >make.sh <<'SH'
mkdir -p "$1/sub/empty"
seq 1000 >"$1/a"
seq 2000 >"$1/sub/b"
chmod +x "$1/sub/b"
SH
d=out/pipeline/01_make/d
blobs=$(seq 1000 | sha256sum | cut -c1-64)\|$(seq 2000 | sha256sum | cut -c1-64)
gone() {
	expect_no_file $d
	run_ok
	ran
	expect_err '^nothing to do'
}
asked() {
	grep -cE "GET /cas/($blobs)" "$temp/asked" || true
}
RESTAGE_CACHE=$(cat "$temp/url")
export RESTAGE_CACHE
run_ok
ran make all part
gone
said=$(answers)
made=$(manifest make '.outputs | map(del(.mtime_ns))')
read=$(manifest all '.inputs | map(del(.mtime_ns))')$(manifest part '.inputs | map(del(.mtime_ns))')

# Elsewhere its files are not even asked for, and everybody says the same as where they were removed.
rm -rf out
run_ok
ran
expect_err '^3 restored'
same "$(asked)" 0
gone
same "$(answers)" "$said"
same "$(manifest make '.outputs | map(del(.mtime_ns))')" "$made"
same "$(manifest all '.inputs | map(del(.mtime_ns))')$(manifest part '.inputs | map(del(.mtime_ns))')" "$read"
rm -rf out/pipeline/.restage/index
gone

# Nor does a stage that reads it, but is not part of the run, need it.
rm -rf out
for stage in part all; do
	run_ok run $stage
	ran
	expect_no_file $d
done
same "$(asked)" 0
gone

# It is there when a stage that reads it, or in it, must run.
run_ok run part -p word=two
ran part
expect_err '^make: restored'
same "$(asked)" 2
run_ok run -p word=two
ran all
gone
same "$(sed -n '$p' out/pipeline/03_part/o)" two

# Back to what it was, with nothing but names of what went.
run_ok run -p word=one
ran
expect_no_err '^make:'
expect_err '^2 restored'
same "$(manifest all '.inputs | map(del(.mtime_ns))')$(manifest part '.inputs | map(del(.mtime_ns))')" "$read"
gone

# Where a stage reads a directory in it, which is known by its files alone, it is restored at once.
sed -i 's|^input.b = .*|input.b = {{make.d}}/sub|; s|^command = (cat {{input.b}}|&/b|' pipeline.ini
run_ok
ran part
rm -rf out
count=$(asked)
run_ok
ran
expect_err '^3 restored'
same "$(asked)" $((count + 2))
expect_file $d/sub/b

# So it is where one that reads it runs anyway; then it goes.
sed -i 's|^input.b = .*|input.b = {{make.d}}/sub/b|; s|/b; echo|; echo|' pipeline.ini
echo 'cache = no' >>pipeline.ini
rm -rf out
run_ok
ran part
gone

# Nobody but who must run misses it in the cache.
sed -i '/^cache/d' pipeline.ini
export RESTAGE_CACHE=$temp/cache
rm -rf out
run_ok
ran make all part
rm -rf out
find "$temp/cache" -type f | grep -E "$blobs" | xargs rm
run_ok
ran
gone
run_ok -p word=two
ran make all part
gone

# Instances that nobody knows before are found by its tree.
mkdir lists
cd lists
pipeline <<'INI'
[stage:split]
command = for i in $(cat {{input.n}}); do echo part $i > {{output.d}}/p$i; done
input.n = n.txt
output.d = d/
output.d.temporary = yes
[stage:work]
foreach.part = {{split.d}}/*
command = cat {{input.p}} extra > {{output.o}}
input.p = {{each.part}}
output.o = o
[stage:all]
command = cat {{input.o}} > {{output.all}}
input.o = {{work.o}}
output.all = all
INI
RESTAGE_CACHE=$(cat "$temp/url")
d=out/pipeline/01_split/d
blobs=$(for i in 1 2 3; do echo part $i | sha256sum; done | cut -c1-64 | paste -sd '|')
echo extra >extra
echo 1 2 >n.txt
run_ok
ran split work/p1 work/p2 all
gone
rm -rf out
run_ok
ran
expect_err '^4 restored'
same "$(asked)" 0
gone
echo 1 2 3 >n.txt
run_ok
ran split work/p3 all
gone
echo 1 2 >n.txt
run_ok
ran
gone
count=$(asked)
sed -i 's|^command = cat {{input.p}}|command = cat -- {{input.p}}|' pipeline.ini
run_ok
ran work/p1 work/p2
[ "$(asked)" = $((count + 2)) ] || fail 'it was not restored for those that run'
gone

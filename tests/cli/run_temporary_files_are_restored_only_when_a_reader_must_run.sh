#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

python3 "$SOURCE/tests/lib/cache_server.py" "$temp/url" "$temp/asked" "$temp/held" &
wait_until [ -e "$temp/url" ]
mkdir one
cd one
pipeline <<'INI'
[params]
word = one
[stage:make]
command = seq 1000 > {{output.t}}; chmod +x {{output.t}}; echo made > {{output.log}}
output.t = t
output.t.temporary = yes
output.log = log
[stage:sort]
command = sort {{input.t}} > {{output.t}}
input.t = {{make.t}}
output.t = t
output.t.temporary = yes
[stage:read]
command = (head -n 2 {{input.t}}; echo {{params.word}}) > {{output.o}}
input.t = {{sort.t}}
output.o = o
INI
t=out/pipeline/01_make/t
blobs=$(seq 1000 | sha256sum | cut -c1-64)\|$(seq 1000 | sort | sha256sum | cut -c1-64)
gone() {
	expect_no_file "$t"
	expect_no_file out/pipeline/02_sort/t
	run_ok
	ran
	expect_err '^nothing to do'
	run_ok why read
}
RESTAGE_CACHE=$(cat "$temp/url")
export RESTAGE_CACHE
run_ok
ran make sort read
gone
said=$(answers)
outputs=$(manifest make '.outputs | map(del(.mtime_ns))')
inputs=$(manifest read '.inputs | map(del(.mtime_ns))')

# Elsewhere it is not even asked for, and everybody says the same as where it was removed.
cp -r ../one ../two
cd ../two
rm -rf out
run_ok
ran
expect_err '^3 restored'
! grep -E "(GET|HEAD) /cas/($blobs)" "$temp/asked" || fail 'it is asked for'
gone
same "$(answers)" "$said"
same "$(manifest make '.outputs | map(del(.mtime_ns))')" "$outputs"
same "$(manifest read '.inputs | map(del(.mtime_ns))')" "$inputs"
rm -rf out/pipeline/.restage/index
gone

# It is there when a stage that reads it must run, and that alone runs.
run_ok -p word=two
ran read
expect_no_err '^make: '
expect_err '^sort: restored'
same "$(grep -cE "GET /cas/($blobs)" "$temp/asked")" 1
gone
rm -rf out
run_ok -p word=three
ran read
expect_file out/pipeline/03_read/o $'1\n10\nthree'
gone

# Where a stage that reads it runs anyway, or it is a target, it is restored at once.
echo 'cache = no' >>pipeline.ini
rm -rf out
run_ok -p word=one
ran read
same "$(grep -c 'restored from' "$err")" 2
gone
sed -i '/^cache/d' pipeline.ini
rm -rf out
run_ok run make
ran
expect_file "$t" "$(seq 1000)"
[ -x "$t" ] || fail 'it lost its executable bit'

# What somebody put at its place is kept.
rm -rf out
mkdir -p "$(dirname "$t")"
echo mine >"$t"
run_ok -p word=one
ran
gone
expect_file "$(find out/pipeline/replaced -type f)" mine

# Nobody but who must run misses it in the cache.
export RESTAGE_CACHE=$temp/cache
rm -rf out
run_ok
ran make sort read
rm -rf out
find "$temp/cache" -type f | grep -E "$blobs" | xargs rm
run_ok
ran
run_ok -p word=two
ran make sort read
gone

# After a kill before anybody took note of what it is: it is restored for the next stage.
for work in . .work; do
	rm -rf out
	run_ok run --until make -p word=one
	rm -r "$t" out/pipeline/.restage
	mkdir -p out/pipeline/.restage "out/pipeline/01_make/$work"
	touch out/pipeline/.restage/open
	run_ok
	ran
	expect_err '^make: restored'
	expect_err '^sort: restored'
	gone
done

#!/usr/bin/env bash
# With the index of the last run, manifests of stages that are up to date are not read: that must not show.
. "$(dirname "$0")/lib.sh"

cat >tool.sh <<'EOS'
cat "$1" >"$2"
EOS
pipeline <<'EOI'
[stage:first]
command = tr a-z A-Z < {{input.a}} > {{output.b}}
input.a = a.txt
output.b = b.txt

[stage:second]
command = sort {{input.b}} > {{output.c}}
input.b = {{first.b}}
output.c = c.txt

[stage:warned]
command = printf '{"event":"warning","message":"half of it is noise"}\n' >> "$STAGEIO_EVENTS" && cp {{input.e}} {{output.f}}
input.e = e.txt
output.f = f.txt

[stage:tooled]
command = sh tool.sh {{input.g}} {{output.h}}
version.tool = cat version.txt
input.g = g.txt
output.h = h.txt

[stage:off]
command = cp {{input.b}} {{output.i}}
input.b = {{first.b}}
output.i = i.txt
enabled = no
skip_reason = not today

[stage:timed]
command = cp {{input.k}} {{output.l}}
input.k = k.txt
input.k.track = time
output.l = l.txt
EOI
echo 1 >version.txt
for name in a e g k; do echo "$name" >$name.txt; done
run_ok run
run_ok run
expect_err 'nothing to do'
index=out/pipeline/.restage/index

tell() {
	run_ok status && cat "$out"
	run_ok run -n --json && cat "$out"
	run_ok graph --format json && cat "$out"
	run_ok why first second warned tooled timed && cat "$out"
	run_ok status second && cat "$out"
}

# As the last run left it, or with what "$@" does; then all is put back as it was.
both_ways() {
	cp -a . "$temp/kept"
	"$@"
	[ -e "$index" ]
	tell >"$temp/with"
	rm "$index"
	tell >"$temp/without"
	diff "$temp/with" "$temp/without" >&2 || fail "after '$*' the index makes a difference"
	rm -rf ./* && cp -a "$temp/kept/." . && rm -rf "$temp/kept"
	run_ok run # the copies are other files: an index of these
	expect_err 'nothing to do'
}

both_ways true
# Nothing but the definition, the index and files' stats is looked at for what is up to date.
ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=open,openat -o "$temp/opened" "$RESTAGE" status >"$out"
[ "$(grep -c 'manifest\.json' "$temp/opened")" = 3 ] || fail 'manifests of stages that need none are read'
grep -q 'half of it is noise' "$temp/with" || fail 'no warning'
grep -q 'not today' "$temp/with" || fail 'no reason for skipping'
both_ways touch a.txt
both_ways sh -c 'echo other >a.txt'
grep -q 'if first comes out different' "$temp/with" || fail 'second may run'
both_ways sh -c 'echo other >out/pipeline/01_first/b.txt'
both_ways rm out/pipeline/01_first/b.txt
both_ways rm out/pipeline/02_second/manifest.json
both_ways sh -c 'echo "{}" >out/pipeline/02_second/manifest.json'
both_ways sed -i s/success/failed/ out/pipeline/02_second/manifest.json
both_ways touch out/pipeline/02_second/manifest.json
both_ways touch k.txt
grep -q 'k.txt' "$temp/with" || fail 'a time stamp that counts went unnoticed'
both_ways sh -c 'echo 2 >version.txt'
both_ways rm -r out/pipeline/02_second
both_ways mv out/pipeline/02_second out/pipeline/12_second

#!/usr/bin/env bash
# What is killed while an output is copied to another file system leaves a file aside: the next run removes it, and
# no file of anybody else.
. "$(dirname "$0")/lib.sh"
export ASAN_OPTIONS=detect_leaks=0 # not under strace

mkdir dist
echo mine | tee dist/.o.txt.123.tmp dist/.o.txt.old.tmp >dist/.o.txt.tmp
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = {{root}}/dist/o.txt
config.x = 1
INI
echo 1 >in.txt
before=$(ls -A dist)
# Another file system answers like this, to the renaming of the output and, by another call, to the first one
# after it. What else is injected stands behind it.
on_another() {
	local nth
	rm -rf ../copy && cp -a . ../copy
	(cd ../copy && strace -qq -o trace -e trace=renameat "$RESTAGE" >"$out" 2>"$err" </dev/null)
	nth=$(grep -n '"o.txt"' ../copy/trace | head -1 | cut -d: -f1)
	strace -qq -o trace -e trace=rename,renameat,fchmod -e inject="renameat:error=EXDEV:when=$nth" \
		-e inject=rename:error=EXDEV:when=1 "$@" "$RESTAGE" >"$out" 2>"$err" </dev/null
}
code=0
on_another -e inject=fchmod:signal=KILL:when=1 || code=$?
[ $code -ge 128 ] || fail "it was not killed: $code $(cat trace)"
same "$(find dist -mindepth 1 | wc -l)" 4
run_ok
expect_reasons a interrupted
rm dist/o.txt
same "$(ls -A dist)" "$before"
expect_file dist/.o.txt.123.tmp mine

# It is copied in the end; also when nothing has to run after the kill.
on_another
expect_file dist/o.txt 1
echo 2 >in.txt
on_another -e inject=fchmod:signal=KILL:when=1 || true
same "$(find dist -mindepth 1 | wc -l)" 5
echo 1 >in.txt
run_ok
ran
rm dist/o.txt
same "$(ls -A dist)" "$before"

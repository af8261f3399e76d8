#!/usr/bin/env bash
# One flipped bit anywhere behind the head: the index is dropped, said once, and everything is judged by the manifests.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
index=$(echo out/*/.restage/index*)
cp "$index" ../index
size=$(stat -c %s ../index)
for i in $(seq 0 15); do
	cp ../index "$index"
	at=$((256 + (size - 256) * i / 16))
	byte=$(od -An -tu1 -j $at -N 1 "$index")
	printf %b "\\0$(printf %o $((byte ^ 1 << at % 8)))" |
		dd of="$index" bs=1 seek=$at conv=notrunc status=none
	run_ok
	expect_err 'the state index cannot be used'
	ran
done
echo 2 >in.txt
run_ok
ran a

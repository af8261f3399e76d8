#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[cache]
dir = cache
[stage:a]
command = sh -c 'seq 1000 > {{output.o}}; mkdir {{output.d}}; seq 10 > {{output.d}}/x; echo said'
output.o = o.txt
output.d = d
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = o.txt
INI
run_ok
ran a b
cp -r cache whole
made=$(cat out/pipeline/01_a/o.txt out/pipeline/01_a/d/x out/pipeline/02_b/o.txt)

# Each object by itself: gone, cut, changed, of another length. The stage runs, or what is restored is whole.
blobs=$(cd whole && find . -type f)
for how in gone cut changed; do
	for blob in $blobs; do
		rm -rf out cache
		cp -r whole cache
		chmod -R u+w cache
		case $how in
		gone) rm "cache/$blob" ;;
		cut) truncate -s -1 "cache/$blob" ;;
		changed) printf X | dd of="cache/$blob" conv=notrunc status=none ;;
		esac
		run_ok
		same "$(cat out/pipeline/01_a/o.txt out/pipeline/01_a/d/x out/pipeline/02_b/o.txt)" "$made"
		log_of a | found 'INFO. said$' || fail "$how $blob: another log"
	done
done
run_ok verify

# One that cannot be written costs one warning; one that cannot be read, none of the results.
rm -rf out cache
: >cache
run_ok
ran a b
same "$(grep -c 'warning' "$err")" 1

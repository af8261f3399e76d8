#!/bin/sh
# compare.sh LEFT RIGHT DIRECTORY LEFT_WORDS RIGHT_WORDS: two sorted vocabularies side by side. Writes
# shared.txt, only-left.txt, only-right.txt and compare.txt (names and numbers) in the directory.
set -eu
left=$1 right=$2 dir=$3
comm -12 "$4" "$5" >"$dir/shared.txt"
comm -23 "$4" "$5" >"$dir/only-left.txt"
comm -13 "$4" "$5" >"$dir/only-right.txt"
{
	echo "words in both $left and $right: $(wc -l <"$dir/shared.txt")"
	echo "words only in $left: $(wc -l <"$dir/only-left.txt")"
	echo "words only in $right: $(wc -l <"$dir/only-right.txt")"
} >"$dir/compare.txt"

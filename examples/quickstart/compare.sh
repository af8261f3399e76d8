#!/bin/sh
# compare.sh LEFT RIGHT LEFT_WORDS RIGHT_WORDS: two sorted vocabularies side by side. Writes shared.txt,
# only-left.txt, only-right.txt and compare.txt (names and numbers) where it runs.
set -eu
left=$1 right=$2
comm -12 "$3" "$4" >shared.txt
comm -23 "$3" "$4" >only-left.txt
comm -13 "$3" "$4" >only-right.txt
{
	echo "words in both $left and $right: $(wc -l <shared.txt)"
	echo "words only in $left: $(wc -l <only-left.txt)"
	echo "words only in $right: $(wc -l <only-right.txt)"
} >compare.txt

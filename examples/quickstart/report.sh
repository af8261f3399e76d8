#!/bin/sh
# report.sh TOP TOTAL COMPARE COUNTS...: the TOP commonest words of all texts, the comparison, and for
# each text its number of words and its commonest ones.
set -eu
top=$1 total=$2 compare=$3
shift 3
echo "The $top commonest words of all licences"
head -n "$top" "$total"
echo
echo "Two licences compared"
cat "$compare"
echo
echo "Each licence: words, different words, the three commonest"
for counts; do
	name=$(basename "$(dirname "$counts")")
	awk -v name="$name" '
		{ words += $1 }
		NR <= 3 { common = common " " $2 }
		END { printf "%-12s %6d %6d %s\n", name, words, NR, common }' "$counts"
done

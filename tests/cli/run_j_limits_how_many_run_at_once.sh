#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Each stage notes when it begins and ends; the number that are under way is never over the limit, and
# reaches it.
pipeline <<'INI'
[stage:w]
command = sh work.sh {{each.n}} {{output.o}}
foreach.n = 1
	2
	3
	4
	5
	6
output.o = o.txt
INI
cat >work.sh <<'SH'
echo "+" >>"$HERE/trace"
n=0
until [ "$(grep -c + "$HERE/trace")" -ge "$WANT" ] || [ $n -ge 400 ]; do sleep 0.02; n=$((n + 1)); done
echo "-" >>"$HERE/trace"
touch "$2"
SH
most() {
	awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m + 0 }' trace
}
export HERE=$PWD
for jobs in 1 2 5; do
	: >trace
	WANT=$jobs run_ok -B -j $jobs
	same "$(grep -c + trace)" 6
	same "$(most)" $jobs
done

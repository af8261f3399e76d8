#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Both forms of make's jobserver: what runs at once is never more than the tokens allow.
cat >Makefile <<'MK'
all:
	+"$(RESTAGE)" -j 8 >restage.out 2>&1 </dev/null
MK
pipeline <<'INI'
[stage:w]
command = sh work.sh; touch {{output.o}}
foreach.n = 1
	2
	3
	4
	5
	6
output.o = o.txt
INI
cat >work.sh <<'SH'
echo + >>"$HERE/trace"
sleep 0.05
echo - >>"$HERE/trace"
SH
export HERE=$PWD
for style in pipe fifo; do
	for jobs in 2 3; do
		: >trace
		rm -rf out
		if ! make -j$jobs --jobserver-style=$style >"$out" 2>"$err"; then
			grep -q 'jobserver-style' "$err" || fail "make failed: $(cat restage.out)"
			# An older make knows pipes only.
			[ $style = pipe ] && make -j$jobs >"$out" 2>"$err"
			[ $style = pipe ] || continue
		fi
		same "$(grep -c + trace)" 6
		most=$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)
		[ "$most" -le $jobs ] || fail "$most at once with make -j$jobs"
	done
done

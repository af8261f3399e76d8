#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A restage that a stage starts takes its slots from the pool above it, also if it is told to have one.
mkdir below
cat >below/pipeline.ini <<'INI'
[stage:w]
command = sh "$HERE/work.sh"; printenv MAKEFLAGS >>"$HERE/flags"
foreach.n = 1
	2
	3
	4
	5
	6
INI
# The first one waits until there is a second, however slow the machine is.
cat >work.sh <<'SH'
echo + >>"$HERE/trace"
for _ in $(seq 600); do
	[ "$(grep -c + "$HERE/trace")" -lt 2 ] || break
	sleep 0.05
done
sleep 0.03
echo - >>"$HERE/trace"
SH
pipeline <<'INI'
[stage:m]
command = "$RESTAGE" -C below --job {{each.n}} run -j 8 --jobserver fifo
foreach.n = a
	b
	c
INI
export HERE=$PWD
for style in pipe fifo; do
	rm -rf out below/out trace flags
	run_ok run -j 3 --jobserver $style
	same "$(grep -c + trace)" 18
	most=$(awk '/\+/ { n++; if (n > m) m = n } /-/ { n-- } END { print m }' trace)
	[ "$most" -le 3 ] || fail "$most at once with -j 3 ($style)"
	[ "$most" -gt 1 ] || fail "no two at once ($style)"
	same "$(sort -u flags | wc -l)" 1
	grep -q -- '^ -j3 --jobserver-auth=' flags || fail "not of the pool above: $(head -1 flags)"
done

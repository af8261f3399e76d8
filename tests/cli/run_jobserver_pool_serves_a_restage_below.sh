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
counted_work
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
	most=$(most_at_once)
	[ "$most" -le 3 ] || fail "$most at once with -j 3 ($style)"
	[ "$most" -gt 1 ] || fail "no two at once ($style)"
	same "$(sort -u flags | wc -l)" 1
	grep -q -- '^ -j3 --jobserver-auth=' flags || fail "not of the pool above: $(head -1 flags)"
done

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Four stages at once, each with a make of six recipes: with a pool never more recipes than -j, without it
# all there are. What a stage's own make is asked for by MAKEFLAGS stays, and manifests are the same.
command -v make >/dev/null || fail "there is no make"
cat >work.mk <<'MK'
all: a b c d e f
a b c d e f:
	@sh $(HERE)/work.sh
MK
counted_work
pipeline <<'INI'
[stage:m]
command = $(command -v make) -s -f work.mk && printenv MAKEFLAGS >>"$HERE/flags"; touch {{output.o}}
foreach.n = 1
	2
	3
	4
output.o = o.txt
INI
export HERE=$PWD MAKEFLAGS="k -j6 -- WORD=1"
records() {
	jq -S '[.key, .command, .env, .config, .reasons, .inputs[].checksum]' out/*/01_m/*/manifest.json
}

run_ok run -j 4
same "$(sort -u flags)" "k -j6 -- WORD=1"
without=$(records)
for jobs in 4 2; do
	rm -rf out trace flags
	run_ok run -j $jobs --jobserver pipe
	same "$(sort -u flags)" "k -j$jobs --jobserver-auth=18,19 -- WORD=1"
	same "$(grep -c + trace)" 24
	[ "$(most_at_once)" -le $jobs ] || fail "$(most_at_once) recipes at once with -j $jobs"
	[ "$(most_at_once)" -gt 1 ] || fail "no two recipes at once with -j $jobs"
	same "$(records)" "$without"
done
run_ok run -j 2
ran
# One stage alone has the whole pool for its make.
rm -rf out trace
run_ok run -j 3 --jobserver pipe m/2
[ "$(most_at_once)" -le 3 ] || fail "$(most_at_once) recipes at once with -j 3"
[ "$(most_at_once)" -gt 1 ] || fail "no two recipes at once in one stage"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || exit 0

pipeline <<'INI'
[stage:make]
command = mkdir -p {{output.d}}/sub; for i in 1 2 3; do echo $i > {{output.d}}/sub/$i; done
output.d = {{root}}/made
output.d.temporary = yes
[stage:use]
command = cat {{input.d}}/sub/* > {{output.o}}
input.d = {{make.d}}
output.o = o
INI
run_ok
# Killed at each call that removes or renames something, the next run has nothing to do over again,
# and nothing is left.
for call in unlinkat rename renameat2 rmdir; do
	for n in 1 2 3 4 5 6; do
		run_ok run make
		expect_file made/sub/3
		ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
			"$RESTAGE" >"$out" 2>"$err" || true
		run_ok
		expect_file "$(stage_dir use)/o" $'1\n2\n3'
		ran
		expect_no_file made
		same "$(find . -name '.made*')" ""
	done
done

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
foreach.n =
	one
	two
INI
echo 1 >in.txt
run_ok
find . -printf '%p %T@ %C@ %s\n' | sort >../before
for command in status verify 'why a' graph list 'show a' check logs 'run -n'; do
	# shellcheck disable=SC2086
	run_ok $command
done
find . -printf '%p %T@ %C@ %s\n' | sort >../after
same "$(cat ../after)" "$(cat ../before)"
# instances lie in the directory of their stage: they are not untracked
run_ok verify
mkdir "$(stage_dir a)/three"
echo x >"$(stage_dir a)/three/x"
run_fails 4 verify
expect_out 'three'

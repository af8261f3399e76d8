#!/usr/bin/env bash
# What a version command says is known in a run only: until then its stage may run, and what stands behind it. With --ask
# it is run, and the answer is certain. A version that was added, or whose command changed, is seen without it.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
version.now = cat now; echo x >>asked
version.fixed = echo 1
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
echo 1 >now
run_ok
rm asked
for command in status 'run -n'; do
	# shellcheck disable=SC2086
	run_ok $command --json
	same "$(jq -c '[.stages[] | [.name, .action // .state, .cause, [.reasons[] | [.code, .about]]]]' "$out")" \
		'[["a","may_run",null,[["version_changed","now"],["version_changed","fixed"]]],["b","may_run","a",[]]]'
done
run_fails 1 status -q
run_ok status
expect_out '^a +may run +the version of now is asked in a run \(or with --ask\)'
expect_out '^b +may run +if a comes out different'
run_ok why a
expect_out 'a may run:'
expect_no_file asked

run_ok status -q --ask
run_ok run -n --ask
expect_out 'nothing to do'
run_ok graph --json --ask
same "$(jq -r '.stages[].state' "$out" | uniq)" up_to_date
run_ok
ran
printf '\xff\xfe' >now # whatever it is
run_ok
ran a
run_ok status -q --ask
echo 2 >now
run_fails 1 status -q --ask
run_ok run -n --json --ask
same "$(jq -c '[.stages[] | [.name, .action]]' "$out")" '[["a","run"],["b","may_run"]]'
expect_out "version of now changed from '.*' to '2'"
run_ok
ran a
expect_reason a version_changed now

rm asked
sed -i 's/^version.fixed = .*/version.fixed = echo 1 ; true/' pipeline.ini
run_ok run -n --json
same "$(jq -c '.stages[0] | [.action, .reasons[0].code]' "$out")" '["run","version_changed"]'
run_ok
ran a
sed -i 's/^version.fixed.*/&\nversion.more = echo 3/' pipeline.ini
run_ok run -n --json
same "$(jq -c '.stages[0] | [.action, .reasons[0].about]' "$out")" '["run","more"]'
run_ok
ran a
sed -i '/^version.fixed/d' pipeline.ini
run_ok run -n
expect_out '^run +a .*version of fixed is no longer recorded'
run_ok
ran a
sed -i '/^version/d' pipeline.ini
run_ok run -n
expect_out '^run +a .*version of'
run_ok
ran a
run_ok status -q

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir pipelines
cat >pipelines/p.ini <<'INI'
[stage:good]
command = touch {{output.o}}
output.o = a.txt

[stage:bad]
command = printf '%s\n' '::error::forged' '##[error]forged' '::stop-commands::x' '</pre>@all'; exit 3
output.o = b.txt
INI
run_fails 1 run -k
expect_no_err '::group::'
summary=$temp/summary
echo before >"$summary"
export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$summary GITHUB_WORKSPACE=$PWD
run_fails 1 run -k -v
expect_err '^::group::bad failed \(exit code 3, '
expect_err '^::stop-commands::[0-9a-f]{32}$'
token=$(sed -n 's/^::stop-commands:://p' "$err")
expect_err "^::$token::\$"
expect_err '^::endgroup::$'
expect_err '^::error file=pipelines/p.ini,line=5,title=bad failed::exit code 3, .*%0A'
# commands that the runner would take: outside of what is stopped, ours and no other
sed "/^::stop-commands::/,/^::$token::/d" "$err" >taken
same "$(grep -cE '^\s*::|##\[' taken)" 3
grep -q '^before$' "$summary"
grep -q '^### ❌ p: 1 up to date&#44; 1 failed' "$summary"
grep -q '^| bad | .* | ❌ |$' "$summary"
grep -q '&lt;/pre&gt;&#64;all' "$summary"
same "$(grep -c '</pre>' "$summary")" 1

# nothing of it for a run that is well, but the summary
sed -i 's/exit 3/touch {{output.o}}/' pipelines/p.ini
run_ok run
expect_no_err '^::'
grep -q '^### ✅ p: 1 ran&#44; 1 up to date' "$summary"

# and a summary that cannot be written is said
export GITHUB_STEP_SUMMARY=$temp/none/summary
run_fails 3 run
expect_err "none/summary"

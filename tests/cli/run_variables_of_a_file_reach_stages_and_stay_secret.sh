#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
env_file =
    .env
    local.env
[stage:a]
command = printf '%s|' "$PLAIN" "$QUOTED" "$SINGLE" "$LINES" "$EMPTY" "$GIVEN" "$LATER" >{{output.o}}
output.o = a.txt
[stage:b]
command = printf %s "$TOKEN" | wc -c >{{output.o}}
output.o = b.txt
pass_env = TOKEN
INI
printf '\xef\xbb\xbf# secrets\r\n\r\nexport PLAIN = a b#c   # a comment\r\n' >.env
cat >>.env <<'ENV'
  QUOTED="say \"hi\" for $5 \w" # a comment
SINGLE='it\n # $HOME'
LINES="one
two\nthree"
EMPTY=
GIVEN=file
LATER=first
TOKEN=hunter2-secret
ENV
echo 'LATER=second' >local.env
export GIVEN=shell
run_ok
ran a b
expect_file "$(stage_dir a)/a.txt" "a b#c|say \"hi\" for \$5 \\w|it\\n # \$HOME|one
two
three||shell|second|"
expect_file "$(stage_dir b)/b.txt" 14

# read again where the definition is not, and of no effect where no stage names it
GIVEN=other run_ok
ran
sed -i 's/^PLAIN.*/PLAIN=other/; s/a b#c/x/' .env
run_ok
ran
sed -i 's/hunter2-secret/hunter2-secret-2/' .env
run_ok status
expect_out 'b .*TOKEN'
run_ok -n
expect_out TOKEN
run_ok
ran b
expect_reasons b env_changed
expect_reason b env_changed TOKEN
run_ok run -B a
expect_match "$(stage_dir a)/a.txt" '^x'
rm -r out/*/.restage
run_ok
ran
TOKEN=of-the-shell run_ok status
expect_out 'b .*TOKEN'

# neither manifests nor logs, index or answers have a value
for command in 'show b' 'why b' 'status --json' 'check' 'export' report; do
	# shellcheck disable=SC2086
	run_ok $command
	expect_no_out hunter2
	expect_no_err hunter2
done
! grep -r hunter2 out || fail "a secret was written"
run_ok check
expect_no_out 'set by nobody'

# a variable that is gone is not there any more
sed -i '/PLAIN/d' .env
run_ok run -B a
expect_match "$(stage_dir a)/a.txt" '^\|'

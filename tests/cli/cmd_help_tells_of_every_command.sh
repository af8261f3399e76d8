#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

run_ok help
for command in run status metrics why logs graph report serve replay verify accept clean list show check init completions; do
	expect_out "^  $command"
	"$RESTAGE" help $command >one </dev/null
	"$RESTAGE" $command --help >two </dev/null
	same "$(cat one)" "$(cat two)"
	grep -q "^usage: restage $command" one
done
run_fails 2 help statsu
expect_err "did you mean 'status'"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

sanitizers_leave_traces_alone

pipeline <<'INI'
[stage:a]
command = true
INI
for error in EIO EMFILE; do
	code=0
	strace -qq -o /dev/null -P "$PWD/pipeline.ini" -e trace=read -e "inject=read:error=$error:when=1+" \
		"$RESTAGE" check >"$out" 2>"$err" || code=$?
	same $code 3
	expect_err "cannot read 'pipeline.ini'"
done
mkdir dir
run_fails 2 -f dir check
run_fails 2 -f missing.ini check

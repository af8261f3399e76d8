#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A write beyond the limit is an error that names the file; the signal that comes with it must not end us, and
# does end a stage.
collect=no # what is over the limit is torn
pipeline <<'INI'
[stage:much]
command = seq 100000; echo 1 >{{output.o}}
output.o = a.txt
[stage:big]
command = head -c 1000000 /dev/zero >{{output.o}}
output.o = a.txt
INI
limited() {
	local code=0
	(
		ulimit -f 64
		"$RESTAGE" "$@" >"$out" 2>"$err" </dev/null
	) || code=$?
	echo $code
}
same "$(limited run much)" 3
expect_err "out/pipeline/01_much/stage.log.*: File too large"
same "$(limited run big)" 1
expect_err 'SIGXFSZ'
# What a sanitizer itself writes dies of the limit.
if [ -z "${SANITIZER_REPORTS:-}" ]; then
	{
		code=0
		(
			ulimit -f 0
			exec "$RESTAGE" run -B
		) 2>&1 </dev/null || code=$?
		echo "exit code $code"
	} | cat >"$out"
	expect_out "(^restage: |cannot write).*'out/pipeline/.*: File too large"
	expect_out 'exit code 3'
fi
run_ok
expect_file "$(stage_dir much)/a.txt" 1
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
rm -r out/*/.restage
run_ok status -q
run_ok
ran
rm -r out/*/.restage
echo 2 >in.txt
run_ok
ran a
expect_reasons a input_changed
for content in '' x "$(head -c 3000 /dev/zero | tr '\0' '\377' | base64)"; do
	for file in out/*/.restage/*; do
		printf %s "$content" >"$file"
	done
	run_ok
	ran
done

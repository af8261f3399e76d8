#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
v = 1
[stage:a]
command = printf '%s\n' {{params.v}} > {{output.o}}
output.o = o.txt
INI
for value in "\$(touch X)" ';touch X' "' ; touch X ; '" '%s%n' '{{root}}' 'a\b' '' ' x '; do
	run_ok -p "v=$value"
	expect_no_file X
	same "$(cat out/*/01_a/o.txt; echo .)" "$value
."
done

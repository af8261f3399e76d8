#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir tools
cat >tools/version <<'SH'
#!/bin/sh
echo "version of $(pwd)"
SH
chmod +x tools/version
pipeline <<'INI'
[stage:below]
dir = tools
command = false {{output.o}}
output.o = o.txt
version.own = ./version
[stage:work]
dir = work
command = touch {{output.o}}
output.o = o.txt
version.own = {{root}}/tools/version
[stage:plain]
command = touch {{output.o}}
output.o = o.txt
INI
run_ok run -n --json
same "$(jq -c '[.stages[].dir]' "$out")" '["tools","work",null]'
run_fails 1 -k
expect_err '^  runs in  tools$'
expect_manifest below ".tools.own == \"version of $PWD/tools\""
expect_manifest work ".tools.own == \"version of $PWD\""
log_of work | found 'Runs in: work'
same "$(run_record | jq -c 'select(.event == "start") | [.stage, .dir]' | sort)" \
	"$(printf '%s\n' '["below","tools"]' '["plain",null]' '["work","work"]')"
run_ok export --format csv
expect_out ',"?\[?false ../out/pipeline/01_below/o.txt,tools'
expect_out ',work,'
for format in trace openlineage ro-crate junit; do
	run_ok export --run last --format $format
	expect_out 'tools'
done
run_ok show below
expect_out '^runs in +tools$'
run_ok show below --json
jq -e '.settings.dir == "tools"' "$out" >/dev/null
run_ok show plain --json
jq -e '.settings.dir == null' "$out" >/dev/null
# It is the same after the tree was moved, also where the version command names it.
printf '#!/bin/sh\necho 1\n' >tools/version
run_fails 1 -k
cd ..
mv work moved
mkdir work
cd moved
run_ok status --ask
expect_out '^work +up to date'

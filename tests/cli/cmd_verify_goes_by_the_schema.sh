#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}; echo c > {{intermediate.c}}
input.i = in.txt
output.o = a.txt
intermediate.c = cache.bin
[stage:many]
foreach.n = 1..2
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = o.txt
INI
echo 1 >in.txt
run_ok
run_ok verify
manifest=out/pipeline/01_a/manifest.json
cp $manifest kept
for member in inputs outputs config timestamp completed_at errors; do
	jq "del(.$member)" kept >$manifest
	run_fails 4 verify
	expect_out "^invalid: $manifest: $member: it is missing"
done
jq '.outputs[0].size_bytes = "2" | .status = "success"' kept >$manifest
run_fails 4 verify --json
jq -e '[.findings[] | .kind, .stage, .message] == ["invalid", "a", "outputs[0].size_bytes: it is not of type integer"]' "$out" >/dev/null ||
	fail "$(cat "$out")"
cp kept $manifest
sum=out/pipeline/02_many/manifest.json
cp $sum kept
jq 'del(.inputs)' kept >$sum
run_fails 4 verify
expect_out "^invalid: $sum: inputs: it is missing"
cp kept $sum
run_ok verify

# The best practices of the logging architecture, when asked.
run_fails 4 verify --strict
expect_out "^practice: out/pipeline/01_a/a.txt: its type is 'o', which says little: output.o.type = "
expect_out '^practice: out/pipeline/01_a/a.txt: it has no metadata: output.o.format = '
expect_out '^practice: out/pipeline/01_a/cache.bin: why it exists is not told: intermediate.c.reason = '
expect_out '^practice: a: no configuration is recorded: config.X = '
expect_out ": 1[0-9] practice$"
sed -i 's/^output.o = .*/&\noutput.o.type = text\noutput.o.format = txt\nconfig.level = 1/; s/^input.i = .*/&\ninput.i.type = text/
	s/^intermediate.c = .*/&\nintermediate.c.reason = Cache/' pipeline.ini
run_ok
run_ok verify --strict
rm out/pipeline/01_a/stage.log
run_fails 4 verify --strict
expect_out '^practice: a: it has no stage.log'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Those who read an output with a view are judged by what that prints; the output itself by its bytes.
pipeline <<'INI'
[stage:make]
command = for o in {{output.o}}; do { date '+# %N'; cat {{input.i}}; } >"$o"; done
	date '+# %N' >{{output.index}}; mkdir -p {{output.d}}/x; cp {{output.index}} {{output.d}}/x/i; cp {{input.i}} {{output.d}}/o
input.i = in
output.o =
	o 1
	it's
output.o.view = echo {{file}} >>asked; grep -v '^#' {{file}}
output.index = o.index
output.index.view = true
output.d = d/
output.d.view = cd {{file}} && cat o
[stage:read]
command = cat {{input.o}} {{input.index}} {{input.d}}/o >/dev/null; echo {{config.n}} >{{output.r}}
input.o = {{make.o}}
input.index = {{make.index}}
input.d = {{make.d}}
output.r = r
config.n = 1
INI
echo a >in
pending() {
	run_ok status --json "$@"
	jq -c '[.stages[] | select(.state != "up_to_date") | .name + " " + .state]' "$out"
}
everywhere() { # with an index, and without it
	same "$(pending)" "$1"
	run_ok verify
	mv out/pipeline/.restage aside
	same "$(pending)" "$1"
	run_ok verify
	mv aside out/pipeline/.restage
}
run_ok run
same "$(wc -l <asked)" 2
expect_manifest make '[.outputs[] | has("view")] | all'
expect_manifest read '(.inputs[0].view == .inputs[1].view) and .inputs[0].view_command == "echo {{file}} >>asked; grep -v '"'^#'"' {{file}}"'
expect_manifest make '.outputs[2] | .view_command == "true"'
cp -r out first
for _ in 1 2; do
	run_ok run -B --only make
	ran make
	everywhere '[]'
	run_ok run
	ran
	run_ok run
	ran
done
same "$(wc -l <asked)" 6 # of each content once
run_ok replay --check make
expect_out 'reproduced \(4 outputs, 4 by their views'
run_ok replay --check read
run_ok diff --help >/dev/null

# Other words of it are a change.
echo b >>in
run_ok run
ran make read
expect_reason read upstream_ran 'out/pipeline/01_make/o 1'

# What was changed by hand is not what the stage made. Whether a reader differs is known when it is asked.
echo '# mine' >>'out/pipeline/01_make/o 1'
same "$(pending read)" '["read may_run"]'
run_ok run -n --only read
expect_out "the view of input .*o 1, whose bytes changed, is asked in a run"
same "$(pending --ask read)" '[]'
same "$(pending make)" '["make out_of_date"]'
run_fails 4 verify
run_ok run --only read
ran
same "$(pending read)" '[]'
run_ok accept make
same "$(pending)" '[]'
run_ok verify
run_ok run -B --only make
run_ok run
ran

# Another view reruns nothing, and is asked of what is there.
run_ok run -B read
sed -i 's/>>asked; grep/>>asked2; grep/' pipeline.ini
everywhere '[]'
run_ok run
ran
same "$(wc -l <asked2)" 2
run_ok run
same "$(wc -l <asked2)" 2
run_ok run -B --only make
run_ok run
ran
everywhere '[]'

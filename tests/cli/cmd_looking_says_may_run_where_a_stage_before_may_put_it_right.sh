#!/usr/bin/env bash
# A stage that failed, or was interrupted, only because what it needs was not there is up to date again once that is made
# as it was: until the stages before it have run nobody knows.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = mkdir -p {{output.d}} && cp {{input.i}} {{output.d}}/x && cp {{input.i}} {{output.o}}
input.i = in.txt
output.d = d
output.o = {{root}}/made/a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:below]
command = cp {{input.i}} {{output.o}}
input.i = {{a.d}}
output.o = below
[stage:around]
command = cat {{input.i}}/* >{{output.o}}
input.i = made
output.o = around.txt
[stage:hidden]
command = cat made/a.txt >{{output.o}}; printf 'x: made/a.txt\n' >{{stage.dir}}/x.d
track_command = no
depfile = x.d
after = a
output.o = hidden.txt
INI
sed -i 's/cp {{input.i}} {{output.o}}\ninput.i = {{a.d}}/cp -r &/' pipeline.ini
sed -i '/^\[stage:below\]/,/^output/s/cp /cp -r /' pipeline.ini
echo 1 >in.txt
mkdir made
run_ok

# may_run: a runs, and the others may; then does so
may_run() {
	run_ok run -n --json
	same "$(jq -r '.stages[] | "\(.name) \(.action)"' "$out" | sort)" "$(printf '%s\n' 'a run' "$@" | sort)"
	run_ok
	ran a
	run_ok status -q
}
all=('b may_run' 'below may_run' 'around may_run' 'hidden may_run')
rm made/a.txt
run_fails 1 run --only b
may_run "${all[@]}"
rm -r made/a.txt out/pipeline/01_a/d
run_fails 1 run -k --only b below
may_run "${all[@]}"
sed -i 's/^output.o = {{root}}.*/&\nconfig.x = 1/' pipeline.ini
may_run "${all[@]}"
sed -i 's/^command = mkdir/command = true; mkdir/' pipeline.ini
echo 2 >in.txt
run_ok run -n --json
same "$(jq -r '.stages[] | "\(.name) \(.action)"' "$out" | sort)" "$(printf '%s\n' 'a run' "${all[@]}" | sort)"
run_ok
ran a b below around hidden

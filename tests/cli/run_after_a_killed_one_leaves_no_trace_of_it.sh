#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
sanitizers_leave_traces_alone

# Killed as it renames for the n-th time: files that were being written aside, work directories of stages
# that turn out to be up to date, the mark of a run under way, and a graph that was not drawn.
collect=no
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
for number in {1..14}; do
	echo "$number" >in
	strace -qq -o /dev/null -e trace=renameat -e "inject=renameat:signal=KILL:when=$number" \
		"$RESTAGE" >"$out" 2>"$err" </dev/null || true
	run_ok
	same "$(find out -name '.*' ! -name .restage)" ""
	same "$(ls out/pipeline/.restage)" $'config-empty.json\nindex\nlock'
	expect_file out/pipeline/02_b/b.txt "$number"
	expect_file out/pipeline/graph.dot
done

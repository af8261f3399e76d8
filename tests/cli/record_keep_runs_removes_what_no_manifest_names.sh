#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
keep_runs = 2
[stage:a]
command = grep good {{input.i}} >{{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = echo 1 >{{output.o}}
output.o = b.txt
INI

# ids in the names of the files of a kind
ids_of() {
	find out/*/logs -name "*.$1" | sed -E 's/.*99_pipeline_(.*)\.[a-z]+$/\1/' | sort -V
}

# ids of the runs that have a log, which must be those that have a record
runs() {
	same "$(ids_of jsonl)" "$(ids_of log)"
	ids_of log
}

# Each in a second of its own: an id of the present second is not freed.
run() {
	local second=$SECONDS
	while [ "$SECONDS" = "$second" ]; do sleep 0.1; done
	run_restage "$1"
	ids+=("$(run_record | jq -r 'select(.event == "run_begin").run')")
}

lines() {
	printf '%s\n' "$@" | sort -V
}

ids=()
for i in 1 2 3 4; do
	echo "good $i" >in.txt
	run 0
done
# the first made b, the second is named by nothing any more
expect_manifest b ".run == \"${ids[0]}\""
same "$(runs)" "$(lines "${ids[0]}" "${ids[2]}" "${ids[3]}")"

# a run with nothing to do removes nothing
run 0
same "$(runs)" "$(lines "${ids[0]}" "${ids[2]}" "${ids[3]}" "${ids[4]}")"

# a's last success was in the fourth
echo bad >in.txt
run 1
expect_manifest a ".run == \"${ids[5]}\" and .last_success.run == \"${ids[3]}\""
same "$(runs)" "$(lines "${ids[0]}" "${ids[3]}" "${ids[4]}" "${ids[5]}")"

# and now it is as old as the others
echo good >in.txt
rm out/*/01_a/manifest.json
run 0
same "$(runs)" "$(lines "${ids[0]}" "${ids[5]}" "${ids[6]}")"

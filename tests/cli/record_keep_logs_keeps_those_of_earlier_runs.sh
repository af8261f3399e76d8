#!/usr/bin/env bash
# Beside stage.log: that of the last success if a later attempt failed, and with keep_logs those of so many runs before.
. "$(dirname "$0")/lib.sh"

write() {
	printf '%s\n' '[pipeline]' "$@" >pipeline.ini
	cat >>pipeline.ini <<'INI'
[stage:a]
command = cat {{input.i}}; grep good {{input.i}} >{{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = echo b
INI
}

# attempt CODE CONTENT: a run in which a runs, which exits with CODE
attempt() {
	echo "$2" >in.txt
	run_restage "$1" run
	ids+=("$(jq -r 'if .last_failure then .last_failure.run else .run end' out/*/01_a/manifest.json)")
}

# kept ID=CONTENT...: the logs beside stage.log are of these runs
kept() {
	local item
	same "$(cd out/*/01_a && find . -name 'stage.*.log' | sed 's/^..stage.//; s/.log$//' | sort)" \
		"$(printf '%s\n' "${@%%=*}" | sort)"
	for item in "$@"; do
		grep -q "\[INFO\] ${item#*=}$" out/*/01_a/"stage.${item%%=*}.log" || fail "$item: $(cat out/*/01_a/"stage.${item%%=*}.log")"
		run_ok logs a --run "${item%%=*}"
		expect_out "\[INFO\] ${item#*=}$"
	done
}

ids=()
write 'keep_logs = 2'
attempt 0 'good 0'
kept
attempt 0 'good 1'
kept "${ids[0]}=good 0"
attempt 1 'bad 2'
kept "${ids[0]}=good 0" "${ids[1]}=good 1"
attempt 1 'bad 3'
attempt 1 'bad 4'
# the last success's is beside those
kept "${ids[1]}=good 1" "${ids[2]}=bad 2" "${ids[3]}=bad 3"
run_fails 4 verify
expect_no_out 'log'
# as the last success left it, without a run: then stage.log is still that of the failure
echo 'good 1' >in.txt
run_ok
ran
kept "${ids[1]}=good 1" "${ids[2]}=bad 2" "${ids[3]}=bad 3"
attempt 0 'good 5'
kept "${ids[3]}=bad 3" "${ids[4]}=bad 4"
run_ok logs a --run "${ids[5]}"
expect_out 'good 5'

# A stage that was disabled in between loses no log of its success either.
rm out/*/01_a/stage.*.log
write
attempt 0 'good 6'
kept
sed -i 's/^\[stage:a\]/&\nenabled = no/' pipeline.ini
run_ok
sed -i '/^enabled/d' pipeline.ini
attempt 1 'bad 7'
kept "${ids[6]}=good 6"

write 'keep_logs = 3'
attempt 1 'bad 8'
kept "${ids[6]}=good 6" "${ids[7]}=bad 7"
run_ok clean a
run_ok clean b
same "$(find out -name '*.log' -path '*_*/stage*')" ''

for value in -1 some 1.5 ''; do
	write "keep_logs = $value"
	run_fails 2
	expect_err "pipeline.ini:2: .*keep_logs"
done

# Those that a user keeps beside them are not ours.
write 'keep_logs = 2'
attempt 0 'good 0'
for name in stage.good.log stage.2025.log stage.20250101_101010x.log; do echo mine >"out/pipeline/01_a/$name"; done
for content in 'good 1' 'good 2' 'good 3' 'good 4'; do attempt 0 "$content"; done
run_ok clean
for name in stage.good.log stage.2025.log stage.20250101_101010x.log; do expect_file "out/pipeline/01_a/$name" mine; done

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

export PATH=$BUILD:$PATH
# What is a warning by the habits of tools, what was logged as one, and what was reported: each counts
# once, everywhere.
pipeline <<'INI'
[stage:few]
command =
	echo 'WARNING: low volume'
	echo 'x.c:3: warning: unused variable'
	stageio log WARNING 'told twice'
	stageio warning 'told twice'
	stageio warning 'reported'
	stageio log INFO 'warning: no, it is only said to be one'
	echo '0 warnings'
[stage:none]
command = echo 'Error rate: 0.03'
[stage:many]
command = seq -f 'warning: %g' 250000
[stage:again]
command = test -e once || { touch once; echo 'warning: first'; exit 3; }; echo 'warning: second'
track_command = no
retries = 1
retry_delay = 0
INI
run_ok
expect_err '^250005 warnings \(many 250000, few 4, again 1\): restage status shows them$'
expect_manifest few '([.warnings[].message] | sort) == ["WARNING: low volume", "reported",
	"told twice", "x.c:3: warning: unused variable"] and (has("warning_count") | not)'
expect_manifest none '.warnings == []'
expect_manifest many '(.warnings | length) == 100 and .warning_count == 250000'
expect_manifest again '[.warnings[].message] == ["warning: second"]'
pipeline_log | found '\[WARNING\] ⚠️  250005 warnings (many 250000, few 4, again 1)$'
same "$(pipeline_log | grep -c 'told twice')" 1
same "$(run_record | jq -c 'select(.event == "done") | [.stage, .warnings]' | sort)" '["again",1]
["few",4]
["many",250000]
["none",0]'
same "$(run_record | jq 'select(.event == "run_end").warnings')" 250005

# the log has as many lines as are counted
same "$(log_of few | grep -c '\[WARNING\]')" 4
run_ok logs few --plain --level warning
same "$(wc -l <"$out")" 4

# with the index and without, and nothing runs for them
status() {
	run_ok status
	expect_out '^few +up to date$'
	expect_out '^    warning: WARNING: low volume \(out/pipeline/01_few/stage.log:[0-9]+\)$'
	expect_out '^    and 249990 more warnings: restage logs many --level warning$'
	run_ok status --json
	same "$(jq -c '[.stages[] | [.warning_count, (.warnings | length)]]' "$out")" \
		'[[4,4],[0,0],[250000,100],[1,1]]'
}
status
rm -r out/pipeline/.restage
status
run_ok
expect_err '^nothing to do'
run_ok show many
expect_out '250000 warnings'
run_ok export --format csv --run last~1
python3 -c 'import csv, sys
print(*(row["stage"] + " " + row["warnings"] for row in csv.DictReader(sys.stdin)), sep="\n")' <"$out" | found -x 'many 250000'
run_ok export --format junit --run last~1
expect_out '^250000 warnings in its log$'

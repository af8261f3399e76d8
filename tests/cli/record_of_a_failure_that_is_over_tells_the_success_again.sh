#!/usr/bin/env bash
# A stage that failed, was interrupted or disabled and is up to date again without a run: its manifest says so, and what is
# read from manifests; the graph is drawn anew.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
mode = good
[stage:a]
command = sh -c 'test {{params.mode}} = good && echo x >"$1"; printf "%s\n" "{\"event\":\"warning\",\"message\":\"hm\"}" >>"$STAGEIO_EVENTS"; test {{params.mode}} = good' sh {{output.o}}
output.o = o.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
good() {
	jq -S 'del(.last_failure)' out/pipeline/01_a/manifest.json
}
run_ok
good >before
run_fails 1 -p mode=bad run
expect_manifest a '.status == "failed" and .last_success.status == "success"'
kept=$(jq -r '"out/pipeline/01_a/stage.\(.last_success.run).log"' out/pipeline/01_a/manifest.json)
grep -q COMPLETED "$kept" || grep -q 'Stage completed' "$kept" || fail 'the log of the success is lost'
run_fails 1 -p mode=bad run # and stays
run_ok -p mode=good run
ran
expect_file "$kept"
good >now
diff before now || fail 'the manifest is not that of the success'
expect_manifest a '.last_failure.status == "failed" and .last_failure.exit_code == 1 and (.last_failure | has("last_success") | not)'
expect_manifest a '(.outputs | length) == 1 and (.warnings | length) == 1 and .reasons[0].code == "never_ran"'
grep -q '"a" \[label="a\\nup to date' out/pipeline/graph.dot || fail "$(grep '"a"' out/pipeline/graph.dot)"
run_ok status
expect_no_out 'failed'
run_ok logs --failed
expect_err 'no stage failed'
run_ok show a
expect_no_out 'failed'
run_ok verify
before=$(snapshot out/pipeline/01_a out/pipeline/graph.dot)
run_ok -p mode=good run
same "$(snapshot out/pipeline/01_a out/pipeline/graph.dot)" "$before"

run_ok -p mode=good run -B a # what it said then is in stage.log again
expect_no_file "$kept"
run_ok -p mode=good run

# Disabled, and enabled again.
sed -i 's/^\[stage:b\]/&\nenabled = no/' pipeline.ini
run_ok
expect_manifest b '.status == "skipped"'
grep -q '"b" \[label="b\\ndisabled' out/pipeline/graph.dot || fail "$(grep '"b"' out/pipeline/graph.dot)"
sed -i '/^enabled/d' pipeline.ini
run_ok
ran
expect_manifest b '.status == "success" and (has("last_failure") | not) and (has("reason") | not)'
grep -q '"b" \[label="b\\nup to date' out/pipeline/graph.dot || fail "$(grep '"b"' out/pipeline/graph.dot)"

# A stage that is gone is not drawn any more.
sed -i '/^\[stage:b\]/,$d' pipeline.ini
run_ok
ran
! grep -q '"b"' out/pipeline/graph.dot || fail 'a stage that is gone is drawn'

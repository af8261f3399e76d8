#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'EOF'
[stage:one]
command =
    echo '{"event":"warning","message":"low volume"}' >> $STAGEIO_EVENTS
    echo hi > {{output.b}}
output.b = b.txt
EOF
run_ok
run_ok
run_ok status
expect_out "one +up to date"
expect_out "warning: low volume \\(out/pipeline/01_one/stage.log:[0-9]+\\)"
line=$(grep -n '\[WARNING\] low volume' out/pipeline/01_one/stage.log | cut -d: -f1)
run_ok status --json
[ "$(jq '.stages[0].warnings[0].log_line' "$out")" = "$line" ]
[ "$(jq -r '.stages[0].warnings[0].message' "$out")" = "low volume" ]

#!/usr/bin/env bash
# What a stage reports stands in its log before the output that came after it; an error that is logged and noted, once.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016 # for the stage's shell
pipeline <<'INI'
[stage:a]
command =
    event() { printf '%s\n' "$1" >>"$STAGEIO_EVENTS"; }
    for i in 1 2 3; do
        echo out$i
        until grep -q "out$i$" "$STAGEIO_STAGE_DIR/stage.log"; do sleep 0.02; done
        event '{"event":"log","level":"INFO","message":"log'$i'"}'
    done
    echo end
[stage:b]
command =
    event() { printf '%s\n' "$1" >>"$STAGEIO_EVENTS"; }
    event '{"event":"log","level":"ERROR","message":"bad 1"}'
    event '{"event":"error","message":"bad 1"}'
    event '{"event":"warning","message":"hm"}'
    event '{"event":"log","level":"WARNING","message":"hm"}'
    event '{"event":"log","level":"ERROR","message":"twice"}'
    event '{"event":"log","level":"ERROR","message":"twice"}'
    event '{"event":"error","message":"bad 2"}'
INI
run_ok run -j1
log_of a | sed 's/.*\] //' | grep -E '^(out|log|end)' >lines
same "$(cat lines)" "$(printf '%s\n' out1 log1 out2 log2 out3 log3 end)"
for text in 'bad 1' hm 'bad 2'; do
	same "$(log_of b | grep -c "\] $text\$")" 1
	same "$(grep -c " $text\$" out/*/logs/*.log)" 1
done
same "$(log_of b | grep -c '\] twice$')" 2
expect_manifest b '[.errors[].message] == ["bad 1", "bad 2"] and [.warnings[].message] == ["hm"]'

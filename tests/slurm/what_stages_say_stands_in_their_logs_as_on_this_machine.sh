#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${BUILD:?}"
export STAGEIO=$BUILD/stageio
cat >say.sh <<'SCRIPT'
shown() {
	until grep -q "$1" "$STAGEIO_STAGE_DIR/stage.log"; do sleep 0.02; done
}
echo begins
shown begins
"$STAGEIO" log INFO "reads $STAGEIO_OUTPUT_DIR/model"
"$STAGEIO" log DEBUG "writes $1 and $PWD/$2"
"$STAGEIO" progress 0.5 half
"$STAGEIO" log ERROR 'no such codec'
"$STAGEIO" error 'no such codec'
"$STAGEIO" warning 'loud at 0:31'
echo 'WARNING: soft at 0:32'
shown soft
"$STAGEIO" warning 'loud at 0:33'
"$STAGEIO" config model=large
echo x >"$1"
mkdir -p "$(dirname "$2")"
echo y >"$2"
SCRIPT
cat >pipeline.ini <<'INI'
[pipeline]
name = p

[stage:a]
command = bash say.sh {{output.o}} {{output.far}}
output.o = o
output.far = {{root}}/dist/far
config.model = small

[stage:b]
command = bash {{root}}/say.sh {{output.o}} {{output.far}}
dir = work
output.o = o
output.far = {{root}}/dist/b
INI
run_ok run
mv out/p local
rm -r dist
run_ok run --executor slurm
same_but_times local out/p
grep -q '\[WARNING\] loud at 0:33$' local/01_a/stage.log || fail "what was reported is not logged"
grep -q "\\[DEBUG\\] writes out/p/01_a/o and $PWD/dist/far\$" local/01_a/stage.log ||
	fail "places are told as they are: $(grep writes local/01_a/stage.log)"

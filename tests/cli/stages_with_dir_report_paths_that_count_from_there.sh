#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

PATH=$BUILD:$PATH
export PYTHONPATH=$SOURCE/src/stageio PYTHONDONTWRITEBYTECODE=1
mkdir -p tools data
echo in >data/x.txt
echo sib >tools/sib.txt
cat >stage.py <<'PY'
import os, sys
from stageio import StageIO
io = StageIO(os.environ["STAGEIO_STAGE"], os.environ["STAGEIO_JOB_DIR"], enable_manifest=True)
data, out = sys.argv[1:]
io.track_input(data, "data")
open(out, "w").write("py\n")
io.track_output(out, "made")
open("beside.txt", "w").write("beside\n")
io.track_output("beside.txt", "made")
io.finalize()
PY
pipeline <<'INI'
[stage:shell]
dir = work
command =
    cat {{input.x}} > rep.txt; mkdir -p dist; echo 1 > dist/other.txt; echo 2 > {{output.o}}
    stageio output rep.txt --type made
    stageio output dist/other.txt --type made
    stageio output {{output.o}} --type made score=3
    stageio input ../../../../../data/x.txt --type data
    stageio input {{root}}/tools/sib.txt --type data
    printf '%s\n' '{"event":"input","path":"../../../../../data/y.txt","type":"d"}' >> "$STAGEIO_EVENTS"
    echo 'o: ../../../../../data/z.txt dist/lib.txt own.h' > deps.d
input.x = data/x.txt
output.o = {{root}}/dist/lib.txt
depfile = deps.d
[stage:below]
dir = tools
command =
    stageio input sib.txt --type data
    stageio input {{input.x}} --type data
    printf '%s\n' '{"event":"input","path":"raw.txt","type":"d"}' >> "$STAGEIO_EVENTS"
    cat sib.txt > {{output.o}}
    stageio output {{output.o}} --type made
    echo late > late.txt; stageio output late.txt --type made
    echo aside > "$STAGEIO_OUTPUT_DIR/aside.txt"; stageio output aside.txt --type made
    echo 'o: sib.txt ../data/z.txt' > "$STAGEIO_OUTPUT_DIR/deps.d"
input.x = data/x.txt
output.o = o.txt
depfile = deps.d
track_command = no
[stage:py]
dir = work
command = python3 {{root}}/stage.py {{input.x}} {{output.o}}
input.x = data/x.txt
output.o = o.txt
pass_env = PYTHONPATH
[stage:plain]
command = mkdir -p $(dirname {{output.o}}) && echo 1 > {{output.o}}; stageio output {{output.o}} --type made
output.o = {{root}}/dist/root.txt
INI
touch data/y.txt data/z.txt tools/raw.txt
run_ok
paths() {
	manifest "$1" "[.$2[] | select(.origin == \"$3\") | .path] | sort | join(\" \")"
}
same "$(paths shell inputs reported)" data/y.txt
same "$(paths shell inputs command)" tools/sib.txt
same "$(paths shell inputs depfile)" data/z.txt
same "$(paths shell outputs declared)" dist/lib.txt
same "$(paths shell outputs reported)" 'out/pipeline/01_shell/dist/other.txt out/pipeline/01_shell/rep.txt'
expect_manifest shell '.outputs[0].score == 3'
expect_file dist/lib.txt 2
expect_file out/pipeline/01_shell/dist/other.txt 1
same "$(paths below inputs reported)" 'tools/raw.txt'
same "$(paths below inputs depfile)" 'data/z.txt tools/sib.txt'
same "$(paths below outputs reported)" 'out/pipeline/02_below/aside.txt tools/late.txt'
same "$(paths py outputs reported)" out/pipeline/03_py/beside.txt
expect_manifest plain '[.outputs[].path] == ["dist/root.txt"]'
run_ok
ran
echo 2 >data/z.txt
run_ok
ran shell below

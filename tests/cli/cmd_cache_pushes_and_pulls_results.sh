#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh a.sh {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = other.txt
output.o = c.txt
[stage:d]
command = mkdir {{output.o}}; echo x > {{output.o}}/x; ln -s x {{output.o}}/l; ls {{output.o}} > {{output.l}}
output.o = d
output.l = l.txt
INI
cat >a.sh <<SH2
cp in.txt "\$1"
echo told >"\$STAGEIO_OUTPUT_DIR/told.txt"
$BUILD/stageio output told.txt --type note lines=1
$BUILD/stageio warning 'mind this'
$BUILD/stageio finalize success score=3
SH2
echo 1 >in.txt
echo 2 >other.txt
run_ok
export RESTAGE_CACHE=cache

# What is up to date is put there, without a run; nothing else is.
echo 3 >other.txt
run_ok cache push
ran
expect_err '^3 of 3 results were put'
expect_err 'c: not run: it is out of date'
run_ok cache push b
expect_err '^2 of 2 results were put'
run_ok cache verify
cp -r cache before

# What is there is restored as if it had been put by the run, and what is not stays as it is.
made=$(cat out/pipeline/01_a/a.txt out/pipeline/01_a/told.txt out/pipeline/02_b/b.txt)
rm -rf out
run_ok cache pull
ran
same "$(cat out/pipeline/04_d/d/l)" x
expect_err '^3 restored, 1 not run'
expect_err 'c: not run: the cache has it not'
same "$(cat out/pipeline/01_a/a.txt out/pipeline/01_a/told.txt out/pipeline/02_b/b.txt)" "$made"
expect_manifest a '.outputs[1].lines == 1 and .outputs[1].origin == "reported" and .score == 3'
expect_manifest a '.warnings | map(.message) == ["mind this"]'
expect_manifest a '.restored_from.job == "pipeline"'
run_ok
ran c
run_fails 2 cache
run_fails 2 cache pull nothing
RESTAGE_CACHE=off run_fails 2 cache push

# A log that nobody would take, being too large, is not put either; a larger one is no reason to read the outputs.
rm -rf cache
cp out/pipeline/02_b/stage.log b.log
truncate -s 257M out/pipeline/02_b/stage.log
run_ok cache push b
expect_err '^1 of 2 results were put'
same "$(find cache -size +1M | wc -l)" 0
mv b.log out/pipeline/02_b/stage.log

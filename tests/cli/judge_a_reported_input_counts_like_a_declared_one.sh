#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh gen.sh {{output.o}} {{output.o}}
output.o = a.txt
INI
cat >gen.sh <<'SH'
cat found.txt >"$1"
printf '{"event":"input","path":"found.txt","type":"extra","note":7}\n' >>"$STAGEIO_EVENTS"
printf '{"event":"output","path":"side.txt","type":"side","lines":1}\n' >>"$STAGEIO_EVENTS"
echo side >"$STAGEIO_OUTPUT_DIR/side.txt"
SH
echo 1 >found.txt
run_ok
expect_manifest a 'any(.inputs[]; .path == "found.txt" and .origin == "reported" and .note == 7)'
expect_manifest a 'any(.outputs[]; (.path | endswith("01_a/side.txt")) and .origin == "reported" and .lines == 1)'
expect_file "$(stage_dir a)/side.txt" side
run_ok
ran
echo 2 >found.txt
run_ok
ran a
expect_reasons a input_changed
rm "$(stage_dir a)/side.txt"
run_ok
ran a
expect_reasons a output_missing

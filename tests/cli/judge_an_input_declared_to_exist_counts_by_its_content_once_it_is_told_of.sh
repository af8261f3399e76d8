#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# An order is declared, and the command tells what it read: the stronger of the two counts.
# shellcheck disable=SC2016
pipeline <<'INI'
[stage:gen]
command = echo '#define A 1' > {{output.h}}
output.h = a.h
[stage:dep]
command = cat {{input.h}} > {{output.o}}; echo 'x: {{input.h}}' > {{stage.dir}}/d
input.h = {{gen.h}}
input.h.track = exists
output.o = dep.txt
depfile = d
[stage:told]
command = cat {{input.f}} > {{output.o}}; echo '{"event":"input","path":"found.txt"}' >>"$STAGEIO_EVENTS"
input.f = found.txt
input.f.track = time
output.o = told.txt
[stage:order]
command = cat {{input.h}} > {{output.o}}
input.h = {{gen.h}}
input.h.track = exists
output.o = order.txt
INI
echo 1 >found.txt
run_ok
run_ok
ran
sed -i 's/A 1/A 2/' pipeline.ini
time=$(date -r found.txt '+%F %T.%N')
echo 2 >found.txt
touch -d "$time" found.txt
run_ok run -n
expect_out 'told .*found.txt changed'
run_ok
ran gen dep told
expect_reason dep upstream_ran "$(stage_dir gen)/a.h"
expect_reason told input_changed found.txt
run_ok
ran
rm -r out/*/.restage
run_ok
ran
run_ok verify

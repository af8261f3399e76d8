#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Inputs of 20 GB that a depfile and a report name: while
# they are read, other stages end and a signal is heard.
collect=no # a run is interrupted
truncate -s 20G big1 big2
pipeline <<'INI'
[stage:dep]
command = echo "x: big1" >{{stage.dir}}/d; touch {{output.o}}
depfile = d
output.o = o.txt
[stage:report]
command = echo '{"event":"input","path":"big2"}' >>"$STAGEIO_EVENTS"; touch {{output.o}}
output.o = o.txt
[stage:other]
command = sleep 0.3; touch {{output.o}}
output.o = o.txt
[stage:after]
command = touch {{output.o}}
input.i = {{other.o}}
output.o = o.txt
INI
code=0
"$RESTAGE" run -j 4 >"$out" 2>"$err" </dev/null &
run=$!
wait_until test -e out/pipeline/04_after/o.txt
for stage in 01_dep 02_report; do
	expect_file out/pipeline/$stage/.work # it waits for what is read
done
kill -TERM $run
wait $run || code=$?
same $code 143

# smaller, they are what the manifest says
truncate -s 30M big1 big2
run_ok
expect_manifest dep '.inputs[0] | .path == "big1" and .size_bytes == 31457280 and (.checksum | startswith("xxh3"))'
expect_manifest report '.inputs[0] | .path == "big2" and (.checksum | startswith("xxh3"))'
run_ok
ran
echo x >>big2
run_ok
ran report

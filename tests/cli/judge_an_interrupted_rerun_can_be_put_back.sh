#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = if test {{config.v}} = 2; then sleep 1000; fi; echo {{config.v}} >{{output.o}}
config.v = 1
output.o = a.txt
INI
run_ok
"$RESTAGE" -p x=1 >/dev/null 2>&1 </dev/null || true
sed -i 's/^config.v = 1/config.v = 2/' pipeline.ini
setsid "$RESTAGE" >"$out" 2>"$err" </dev/null &
runner=$!
wait_until grep -q '"running"' out/*/01_a/manifest.json
kill -KILL $runner
wait $runner || true
expect_file "$(stage_dir a)/a.txt" 1
sed -i 's/^config.v = 2/config.v = 1/' pipeline.ini
run_ok
ran
expect_file "$(stage_dir a)/a.txt" 1

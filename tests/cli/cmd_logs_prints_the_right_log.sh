#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = sh -c 'echo plain; echo "warning: hm"; echo "error: no"; cp in.txt "$1"' x {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = sh -c 'echo b here; exit 3'
after = a
INI
echo 1 >in.txt
run_fails 3 logs
expect_err 'never run'
run_fails 1 run -k
run_ok logs
expect_out 'Stage a: COMPLETED'
run=$(basename out/*/logs/99_pipeline_*.log .log)
run_ok logs --run "${run#99_pipeline_}"
expect_out 'Stage a: COMPLETED'
run_fails 2 logs --run 20010101_000000
run_fails 2 logs --run x a

run_ok logs a
same "$(cat "$out")" "$(log_of a)"
run_ok logs a --level WARNING
expect_out 'warning: hm'
expect_out 'error: no'
expect_no_out plain
run_ok logs a --level error
expect_no_out 'warning: hm'
run_ok logs --failed
expect_out 'b here'
expect_no_out plain
run_ok logs a b
expect_out '^==> .*01_a/stage.log <==$'
expect_out '^==> .*02_b/stage.log <==$'
run_fails 2 logs a --level loud

# -f without a run prints what there is
run_ok logs -f a
expect_out plain

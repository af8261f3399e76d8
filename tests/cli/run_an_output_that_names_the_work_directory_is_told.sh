#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:list]
command = mkdir -p {{output.d}}; touch {{output.d}}/part1; ls {{output.d}}/* > {{output.list}}
output.d = parts
output.list = list.txt
[stage:deep]
command = mkdir -p {{output.d}}/a; echo x > {{output.d}}/x; echo "@PG CL:{{output.d}}" > {{output.d}}/a/head
output.d = made
[stage:long]
command =
    { seq 15000; printf '%s' "{{output.o}}"; seq 100000; } > {{output.o}}
    printf 'x\0 %s' {{output.b}} > {{output.b}}
    { seq 200000; echo {{output.c}}; } > {{output.c}}
output.o = o.txt
output.b = binary
output.c = late.txt
[stage:fine]
dir = work
command = ls {{output.d}}/* > {{output.list}}; echo fine/.workspace fine/work 4_fine/.work5 > {{output.o}}
output.d = parts/
output.list = list.txt
output.o = o
[stage:own]
dir = work
command = pwd > {{output.o}}; echo {{output.dep}} > {{intermediate.i}}; echo 1 > {{output.dep}}
output.o = o
output.dep = dep
intermediate.i = i
INI
sed -i 's#ls {{output.d}}/\* > {{output.list}}; echo fine#touch {{output.d}}/1; ls {{output.d}}/* > {{output.list}}; echo fine#' pipeline.ini
run_ok -j 1
same "$(manifest list '.warnings | length')" 1
expect_manifest list '.warnings[0].message | startswith("output '"'out/pipeline/01_list/list.txt' names the work directory 'out/pipeline/01_list/.work'"'") and endswith("with '"'dir = work'"' outputs are just their names in the command")'
log_of list | found 'WARNING] output .out/pipeline/01_list/list.txt. names the work directory'
pipeline_log | found 'WARNING.*names the work directory'
expect_err 'list: warning: output .*names the work directory'
expect_manifest deep '[.warnings[].message] | length == 1 and (.[0] | startswith("output '"'out/pipeline/02_deep/made/a/head' names"'"))'
expect_manifest long '[.warnings[].message] | length == 1 and (.[0] | contains("o.txt"))'
expect_manifest fine '.warnings == []'
same "$(cat out/pipeline/04_fine/list.txt)" parts/1
expect_manifest own '[.warnings[].message] | length == 1 and (.[0] | endswith("let the command use names that count from there"))'
run_ok status
expect_out 'warning: output .*list.txt. names the work directory'

# Wherever it stands in the part that is looked at: also where two pieces meet.
cat >put.py <<'PY'
import sys
name, at = sys.argv[1], int(sys.argv[2])
with open(name, "w") as out:
    out.write("x" * at + "/" + name + "\n" + "y" * 300000)
PY
pipeline <<'INI'
[stage:s]
command = python3 put.py {{output.o}} {{each.at}}
foreach.at =
    0
    65510
    65513
    65516
    196585
    196588
    300000
output.o = o.txt
INI
run_ok
for dir in out/pipeline/01_s/*/; do
	jq -e '.warnings | length == 1' "$dir/manifest.json" >/dev/null || fail "nothing is told of $dir"
done

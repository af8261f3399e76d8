#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[params]
go = no
[stage:s]
dir = work
command =
    test -e {{intermediate.model}} || { echo 1 >> {{root}}/fetched; echo model > {{intermediate.model}}; }
    echo scratch > scratch.tmp
    echo run >> {{output.db}}
    echo half > {{output.o}}
    test {{params.go}} = yes
    rm scratch.tmp
output.o = {{root}}/dist/o.txt
output.db = runs.db
output.db.update = yes
intermediate.model = cache/model.bin
intermediate.model.retained = yes
intermediate.model.reason = downloaded
config.k = 1
version.tool = cat {{root}}/tool.txt
[stage:t]
dir = work
command = sleep 60
timeout = 0.2
allow_failure = yes
INI
echo 1 >tool.txt
run_fails 1 -k
expect_manifest s '.status == "failed" and .dir == "work"'
expect_file out/pipeline/01_s/failed/scratch.tmp scratch
expect_file out/pipeline/01_s/failed/dist/o.txt half
expect_no_file out/pipeline/01_s/.work
expect_no_file out/pipeline/01_s/failed/.config.json
expect_no_file dist/o.txt
expect_manifest t '.errors[0].message == "timed out after 0.2s"'
run_ok -p go=yes run
expect_file fetched 1
expect_file dist/o.txt half
expect_file out/pipeline/01_s/cache/model.bin model
expect_file out/pipeline/01_s/runs.db "$(printf 'run\nrun')"
expect_no_file out/pipeline/01_s/failed
run_ok run s
ran
echo 2 >tool.txt
run_ok run s
ran s
expect_reasons s version_changed
expect_file fetched 1
cd ..
mv work moved
mkdir work
cd moved
run_ok run s
ran

# What removes its work directory fails alone.
pipeline <<'INI'
[stage:gone]
dir = work
command = rm -r {{root}}/{{stage.dir}}
[stage:other]
dir = work
command = echo 1 > {{output.o}}
output.o = o.txt
INI
run_fails 1 -k
expect_manifest gone '.errors[0].message == "the command removed its work directory"'
expect_file out/pipeline/02_other/o.txt 1

# Links among outputs mean at their place what they meant there.
pipeline <<'INI'
[stage:links]
dir = work
command =
    echo 1 > {{output.o}}
    ln -s dist/o.txt {{output.l}}
    ln -s ../o2 {{output.m}}; echo 2 > o2
output.o = {{root}}/dist/o.txt
output.l = l
output.m = {{root}}/dist/m
output.o2 = o2
INI
run_ok
expect_file out/pipeline/01_links/l 1
expect_file dist/m 2
run_ok
ran
run_ok replay --check links

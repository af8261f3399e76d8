#!/usr/bin/env bash
# While a stage makes its list, others run to their end; instances begin while another list is still
# being made; what gathers all waits for each.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:find]
foreach.title = a
  b
command = until [ {{each.title}} = a ] || [ -e go ]; do sleep 0.02; done; touch {{output.d}}/{{each.title}}1
output.d = d/
track_command = no
[stage:free]
command = touch {{output.o}}
output.o = o
[stage:one]
foreach.part = {{find.d}}/*
command = echo {{each.part | name}} > {{output.o}}; touch go
output.o = o
track_command = no
[stage:of]
foreach.title = a
  b
command = ls {{input.d}} > {{output.o}}
input.d = {{find.d}}
output.o = o
track_command = no
[stage:all]
command = cat {{input.o}} > {{output.o}}
input.o = {{one.o}}
output.o = o
INI
# find/b ends only when an instance of find/a has run
run_ok -j 4
expect_file out/pipeline/05_all/o "$(printf 'a1\nb1')"
ran find/a find/b free one/a1 one/b1 of/a of/b all

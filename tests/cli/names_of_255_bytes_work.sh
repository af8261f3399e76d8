#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

name=$(printf 'x%.0s' {1..255})
mkdir in
echo 1 >"in/$name"
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
foreach.f = in/*
input.i = {{each.f}}
output.o = {{each.f | name}}
INI
run_ok
expect_file "$(echo out/*/01_a/*/)$name" 1
run_ok
ran

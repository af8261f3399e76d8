#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{intermediate.tmp}}; echo 2 >{{intermediate.kept}}; cat {{intermediate.tmp}} >{{output.o}}
output.o = a.txt
intermediate.tmp = tmp.bin
intermediate.tmp.retained = no
intermediate.kept = kept.bin
intermediate.kept.retained = yes
intermediate.kept.reason = for later
INI
run_ok
dir=$(stage_dir a)
expect_no_file "$dir/tmp.bin"
expect_file "$dir/kept.bin" 2
expect_manifest a 'any(.intermediate_files[]; (.path | endswith("kept.bin")) and .retained == true and .reason == "for later")'
expect_manifest a 'any(.intermediate_files[]; (.path | endswith("tmp.bin")) and .retained == false)'
run_ok
ran

# What lies at its place later is the user's.
echo mine >"$dir/tmp.bin"
run_ok clean --force
expect_no_out tmp.bin
expect_file "$dir/tmp.bin" mine
expect_no_file "$dir/kept.bin"

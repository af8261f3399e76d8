#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A file that is called like the pattern of a foreach is one of its matches, not the only one; one that the
# pattern does not match is meant itself.
mkdir in
echo 1 >'in/*'
echo 2 >in/b
echo 3 >'in/[c]d'
pipeline <<'INI'
[stage:a]
foreach.f = in/*
command = cat {{each.f}} >{{output.o}}
output.o = o.txt
[stage:literal]
foreach.f = in/[c]d
command = cat {{each.f}} >{{output.o}}
output.o = o.txt
INI
run_ok
same "$(sort out/*/01_a/*/o.txt | tr '\n' ' ')" '1 2 3 '
same "$(cat out/*/02_literal/*/o.txt)" 3

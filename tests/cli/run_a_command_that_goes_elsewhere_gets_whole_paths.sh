#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p sub/sub data
echo in >data/x.txt
echo sib >sub/sib.txt
pipeline <<'INI'
[stage:a]
command = cd sub && cat {{input.x}} sib.txt > {{output.o}}
input.x = data/x.txt
output.o = o.txt
[stage:b]
command = bash -c 'cd sub/sub; cat {{input.x}}' > {{output.o}}
input.x = data/x.txt
output.o = o.txt
[stage:c]
dir = sub
command =
    (cd sub; cat {{input.x}})
    cd .. ; cp {{input.x}} {{output.o}}
input.x = data/x.txt
output.o = o.txt
# who goes there himself, and back, still arrives
[stage:d]
command = cd sub && cat ../{{input.x}} > ../{{output.o}}
input.x = data/x.txt
output.o = o.txt
INI
run_ok
expect_file "$(stage_dir a)/o.txt" "$(printf 'in\nsib')"
for stage in b c d; do
	expect_file "$(stage_dir $stage)/o.txt" in
done
expect_manifest a '.command == "cd sub && cat '"$PWD"'/data/x.txt sib.txt > '"$PWD/$(stage_dir a)"'/o.txt"'
cd ..
mv work moved
mkdir work
cd moved
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p tools/pkg data work
echo in >data/x.txt
echo sib >tools/sib.txt
echo root >sib.txt
printf '#!/bin/sh\npwd; echo "$@"\n' >tools/tool
chmod +x tools/tool
: >tools/pkg/__init__.py
echo 'print("module")' >tools/pkg/mod.py
pipeline <<'INI'
[stage:a]
dir = tools
command = ./tool {{input.x}} {{output.o}} {{stage.dir}} {{job.dir}} {{root}} < sib.txt > {{output.o}}
input.x = data/x.txt
output.o = o.txt
[stage:b]
dir = {{root}}/tools/pkg/..
command = cat {{input.a}} sib.txt ../sib.txt > {{output.o}} && cat {{root}}/{{input.x}} >> {{output.o}}
input.a = {{a.o}}
input.x = data/x.txt
output.o = o.txt
[stage:m]
dir = tools
command = python3 -m pkg.mod > {{output.o}}
output.o = o.txt
env.PYTHONDONTWRITEBYTECODE = 1
[stage:w]
dir = ./work
command = pwd > {{output.o}}
output.o = o.txt
INI
run_ok
same "$(head -n 1 "$(stage_dir a)/o.txt")" "$PWD/tools"
same "$(sed -n 2p "$(stage_dir a)/o.txt")" \
	"../data/x.txt ../out/pipeline/01_a/.work/o.txt ../out/pipeline/01_a/.work $PWD/out/pipeline $PWD"
expect_manifest a '[.inputs[].path] == ["data/x.txt", "tools/tool", "tools/sib.txt"] and .dir == "tools"'
expect_manifest a '.command | startswith("./tool ../data/x.txt ../out/pipeline/01_a/o.txt ")'
expect_manifest b '[.inputs[].path] == ["out/pipeline/01_a/o.txt", "data/x.txt", "tools/sib.txt", "sib.txt"]'
same "$(sed -n '3,$p' "$(stage_dir b)/o.txt")" "$(printf 'sib\nroot\nin')"
expect_file "$(stage_dir m)/o.txt" module
expect_manifest m '[.inputs[].path] == ["tools/pkg/__init__.py", "tools/pkg/mod.py"]'
expect_file "$(stage_dir w)/o.txt" "$PWD/work"
expect_manifest w '.dir == "./work"'
run_ok
ran
echo 'print("other")' >tools/pkg/mod.py
run_ok
ran m

# A program of that name below the root is found in a PATH that counts from there.
mkdir -p tools/bin
printf '#!/bin/sh\necho bin\n' >tools/bin/mine
chmod +x tools/bin/mine
pipeline <<'INI'
[stage:p]
dir = tools
command = mine > {{output.o}}
output.o = o.txt
env.PATH = bin:/usr/bin:/bin
INI
run_ok
expect_file out/pipeline/01_p/o.txt bin
# A link on the way makes paths absolute; they would lead elsewhere.
mkdir -p ../far/deep
ln -s "$PWD/../far/deep" linked
pipeline <<'INI'
[stage:l]
dir = linked
command = cat {{input.x}} > {{output.o}}; echo {{input.x}} >> {{output.o}}
input.x = data/x.txt
output.o = o.txt
INI
run_ok
same "$(cat out/pipeline/01_l/o.txt)" "$(printf 'in\n%s' "$PWD/data/x.txt")"
rm -rf out
mkdir ../scratch
ln -s "$PWD/../scratch" out
sed -i 's/dir = linked/dir = work/' pipeline.ini
run_ok
same "$(cat out/pipeline/01_l/o.txt)" "$(printf 'in\n%s' "$PWD/data/x.txt")"
run_ok
ran

# A missing edge is seen from there, too.
pipeline <<'INI'
[stage:made]
command = mkdir -p dist; echo 1 > {{output.d}}
output.d = {{root}}/dist/lib
[stage:one]
dir = tools
command = true "x=../dist/lib,"
[stage:two]
dir = tools
command = true "x={{root}}/dist/lib,"
[stage:three]
dir = tools
command = true "x=dist/lib,"
INI
run_ok check
same "$(grep -c "the command names 'dist/lib', which stage made makes" "$err")" 2
expect_no_err "stage 'three'"

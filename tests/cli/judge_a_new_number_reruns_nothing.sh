#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
expect_file out/*/01_a/a.txt
pipeline <<'INI'
[stage:new]
command = touch {{output.o}}
output.o = new.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:a]
command = touch {{output.o}}
output.o = a.txt
INI
run_ok
ran new
expect_file "$(echo out/*/03_a/a.txt)"
expect_file "$(echo out/*/02_b/b.txt)"
same "$(stage_dir a)" "$(echo out/*/03_a)"
run_ok verify
sed -i 's/^output.o = a.txt/&\nnumber = 5/' pipeline.ini
run_ok
ran
expect_file "$(echo out/*/05_a/a.txt)"
run_ok
ran
sed -i '/^number/d' pipeline.ini
rm -rf out/*/.restage
run_ok
ran
expect_file "$(echo out/*/03_a/a.txt)"

# Links to what another stage made lead there under its new number: themselves outputs, or in a directory that is one.
pipeline <<'INI'
[stage:m]
command = mkdir {{output.d}}; echo 1 | tee {{output.d}}/x >{{output.o}}
output.o = o
output.d = d
[stage:links]
command = mkdir {{output.d}}; ln -rs {{input.o}} {{input.d}} {{output.d}}; ln -rs {{input.o}} {{output.l}}; ln -s "$PWD"/{{input.o}} {{output.abs}}
input.o = {{m.o}}
input.d = {{m.d}}
output.d = {{root}}/linked
output.l = l
output.abs = abs
[stage:use]
command = cat {{input.d}}/d/x {{input.l}} >{{output.o}}
input.d = {{links.d}}
input.l = {{links.l}}
output.o = o
INI
rm -rf out
run_ok
sed -i '1i [stage:first]\ncommand = true' pipeline.ini
run_ok run -n
expect_out '^run +first$'
expect_no_out '^(run|may) +(links|use)'
run_ok
ran first
same "$(find . -xtype l)" ""
same "$(readlink linked/o) $(readlink "$(stage_dir links)/l")" "../out/pipeline/02_m/o ../02_m/o"
run_ok verify
rm -rf out/pipeline/.restage
run_ok
ran

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

HOME=$PWD/home
export HOME
mkdir home
pipeline <<'INI'
[cache]
dir = ~/shared
link = hard
[stage:make]
command = seq 1000 >{{output.o}}; cp {{output.o}} {{output.tool}}; chmod +x {{output.tool}}; mkdir {{output.d}}; seq 10 >{{output.d}}/x
output.o = o
output.tool = tool
output.d = d
[stage:read]
command = cat {{input.o}} {{input.d}}/x >{{output.o}}
input.o = {{make.o}}
input.d = {{make.d}}
output.o = o
INI
run_ok
ran make read
blob=home/shared/cas/$(seq 1000 | sha256sum | cut -c1-2)/$(seq 1000 | sha256sum | cut -c1-64)
expect_file "$blob"
# what a command made is its own, and so is what it may write to
same "$(stat -c %h out/pipeline/01_make/o)" 1
rm -rf out
run_ok
ran
expect_err '^2 restored'
same "$(stat -c %i out/pipeline/01_make/o)" "$(stat -c %i "$blob")"
same "$(stat -c %A out/pipeline/01_make/o out/pipeline/01_make/d/x)" $'-r--r--r--\n-r--r--r--'
same "$(stat -c '%A %h' out/pipeline/01_make/tool)" '-rwxr-xr-x 1'
run_ok
ran
run_ok verify

# Another checkout gets it, too: that changes the file's times, not what is up to date.
mkdir other
cp pipeline.ini other
cd other
run_ok
ran
expect_err '^2 restored'
same "$(stat -c %i out/pipeline/01_make/o)" "$(stat -c %i "../$blob")"
cd ..
run_ok
ran
expect_err '^nothing to do'

# A stage that makes another one takes none from the others.
sed -i 's/^command = seq 1000/command = seq 999/' pipeline.ini
run_ok
ran make read
same "$(sha256sum <"$blob" | cut -c1-64)" "$(basename "$blob")"
same "$(sha256sum <other/out/pipeline/01_make/o | cut -c1-64)" "$(basename "$blob")"

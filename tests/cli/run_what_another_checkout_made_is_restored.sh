#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

stageio=$BUILD/stageio
mkdir -p one/src
cd one
pipeline <<INI
[pipeline]
name = t
[params]
level = 1
[cache]
dir = ../cache
[stage:make]
command = sh src/make.sh {{output.file}} {{output.tree}} {{output.tool}} {{config.level}}
input.source = src/in.txt
output.file = a.txt
output.tree = tree
output.tool = tool
output.maybe = maybe.txt
output.maybe.optional = yes
config.level = {{params.level}}
[stage:tell]
command = sh src/tell.sh {{input.file}} {{output.seen}}
input.file = {{make.file}}
output.seen = seen.txt
[stage:compile]
command = sh src/compile.sh {{output.object}}
output.object = x.o
depfile = x.d
[stage:dist]
dir = work
command = cat {{input.all}} > {{output.dist}}
input.all = {{make.file}}
	{{tell.seen}}
	{{compile.object}}
output.dist = {{root}}/dist/all.txt
[stage:tree]
command = cat {{input.tree}}/sub/x {{input.tool}} > {{output.text}}
input.tree = {{make.tree}}
input.tool = {{make.tool}}
output.text = t.txt
INI
cat >src/make.sh <<'SCRIPT'
cat src/in.txt >"$1"
echo "level $4" >>"$1"
mkdir -p "$2/sub"
echo x >"$2/sub/x"
ln -s sub/x "$2/link"
mkdir "$2/empty"
printf 'program\n' >"$3"
chmod +x "$3"
echo 'a line of the log'
echo 'WARNING: mind this'
SCRIPT
cat >src/tell.sh <<SCRIPT
cat src/extra.txt "\$1" >"\$2"
$stageio input src/extra.txt --type extra
echo told >"\$STAGEIO_OUTPUT_DIR/told.txt"
$stageio output told.txt --type note lines=1
$stageio config found=yes
$stageio finalize success score=3
SCRIPT
cat >src/compile.sh <<'SCRIPT'
cat src/x.c src/x.h >"$1"
echo "x.o: src/x.c src/x.h" >"$(dirname "$1")/x.d"
SCRIPT
echo source >src/in.txt
echo extra >src/extra.txt
echo c >src/x.c
echo h >src/x.h
run_ok
ran make tell compile dist tree

# Another place, another job: nothing runs, and every byte is the same.
cd ..
mkdir -p elsewhere
cp -r one elsewhere/two
cd elsewhere/two
rm -rf out dist
sed -i 's|dir = ../cache|dir = ../../cache|; s/name = t/name = other/' pipeline.ini
run_ok --job moved
ran
expect_err '^5 restored in'
expect_err 'make: restored from run [0-9_]+ of job t on .*, saved '
for stage in 01_make/a.txt 01_make/tool 01_make/tree/sub/x 02_tell/seen.txt 02_tell/told.txt 03_compile/x.o \
	03_compile/x.d 05_tree/t.txt; do
	cmp "../../one/out/t/$stage" "out/moved/$stage"
done
cmp ../../one/dist/all.txt dist/all.txt
same "$(stat -c %A out/moved/01_make/tool out/moved/01_make/a.txt)" '-rwxr-xr-x
-rw-r--r--'
same "$(readlink out/moved/01_make/tree/link)" sub/x
[ -d out/moved/01_make/tree/empty ] || fail 'an empty directory is lost'
expect_no_file out/moved/01_make/.work
same "$(stat -c %h out/moved/01_make/a.txt)" 1

# Its log is that of the attempt that made it; the manifest says where it comes from.
log_of make | found 'a line of the log'
log_of make | found '♻️  Restored'
pipeline_log | found '♻️  Stage make: RESTORED (run '
expect_manifest make '.status == "success" and .exit_code == 0 and .restored_from.job == "t" and .restored_from.stage == "make"'
expect_manifest make '.warnings | map(.message) == ["mind this"] or map(.message) == ["WARNING: mind this"]'
expect_manifest make '.outputs | map(select(.missing)) | length == 1'
expect_manifest tell '.outputs | map(select(.origin == "reported")) | .[0].lines == 1 and .[0].type == "note"'
expect_manifest tell '.inputs | map(select(.origin == "reported")) | .[0].path == "src/extra.txt"'
expect_manifest tell '.config.found == "yes" and .score == 3'
expect_manifest compile '.inputs | map(select(.origin == "depfile").path) == ["src/x.c", "src/x.h"]'
found restored <out/moved/graph.dot
run_ok --job moved why make
expect_out 'make was restored in run .* from run .* of job t'
run_ok --job moved verify
run_ok --job moved
ran
expect_err 'nothing to do'
rm -rf out/moved/.restage
run_ok --job moved status -q

# What a stage read beyond its declared inputs counts: the entry has a variant for each.
echo other >src/extra.txt
run_ok --job moved
ran tell dist
expect_file out/moved/02_tell/seen.txt 'other
source
level 1'
echo extra >src/extra.txt
run_ok --job moved
ran
expect_err '2 restored'
cmp ../../one/out/t/02_tell/seen.txt out/moved/02_tell/seen.txt
echo h2 >src/x.h
run_ok --job moved
ran compile dist
echo h >src/x.h
run_ok --job moved
ran
echo h2 >src/x.h
run_ok --job moved
ran
expect_file out/moved/03_compile/x.o 'c
h2'

# A, B, A under another parameter.
run_ok --job moved -p level=2
ran make tell dist
run_ok --job moved -p level=1
ran
cmp ../../one/out/t/01_make/a.txt out/moved/01_make/a.txt

# A run that is forced runs, and one without the cache.
run_ok --job moved run -B --only make
ran make
rm -rf out/moved
run_ok --job moved --no-cache run --only make
ran make

# What is replayed runs, and is there for others.
run_ok --job moved run
rm -rf ../../cache
run_ok --job moved replay make
ran make
same "$(find ../../cache/ac -type f | wc -l)" 1

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Each attempt adds a line and a file.
cat >fetch.sh <<'SH'
cat "$1" 2>/dev/null || echo none
ls "$2"
echo "$4" >>"$1"
touch "$2/f$4"
if [ "$5" = wait ]; then
	touch started
	sleep 1000
fi
[ "$5" != fail ] || exit 3
cp "$1" "$3"
SH
pipeline <<'INI'
[params]
n = 1
do = make
keep = yes
[defaults]
keep_failed = {{params.keep}}
[stage:a]
command = sh fetch.sh {{intermediate.file}} {{intermediate.dir}} {{output.o}} {{params.n}} {{params.do}}
output.o = o
intermediate.file = deep/model.bin
intermediate.file.retained = yes
intermediate.dir = {{root}}/cache/
intermediate.dir.retained = yes
intermediate.plain = plain
track_command = no
INI
seen() {
	log_of a | sed -nE 's/.*\[INFO\] (none|[0-9]|f[0-9])$/\1/p' | tr '\n' ' '
}

run_ok
same "$(seen)" "none "
run_ok -p n=2
same "$(seen)" "1 f1 "
expect_file "$(stage_dir a)/deep/model.bin" $'1\n2'

# A failed attempt leaves what it got, and what the last success had stays as that left it.
for keep in yes no; do
	run_fails 1 -p n=3 -p do=fail -p keep=$keep
	expect_file "$(stage_dir a)/deep/model.bin" $'1\n2'
	expect_no_file cache/f3
	run_ok verify
	expect_file "$(stage_dir a)/failed/.root/cache/f3"
	run_ok -p n=4 -p do=make -p keep=$keep
	same "$(seen)" "1 2 3 f1 f2 f3 "
	expect_no_file "$(stage_dir a)/failed"
	expect_file "$(stage_dir a)/deep/model.bin" $'1\n2\n3\n4'
	run_ok clean
	run_ok -p n=1
	run_ok -p n=2
done

# Nor is anything lost when the run is killed, whether the stage runs again or need not.
killed() {
	"$RESTAGE" -p n=3 -p do=wait >"$out" 2>"$err" &
	wait_until test -e started
	kill -9 $!
	wait $! || true
	rm started
	wait_until "$RESTAGE" -p n=2 -p do=make status
	expect_file "$(stage_dir a)/.work/deep/model.bin" $'1\n2\n3'
	expect_file "$(stage_dir a)/deep/model.bin" $'1\n2'
}
killed
run_ok -p n=4 -p do=make
same "$(seen)" "1 2 3 f1 f2 f3 "
run_ok clean
run_ok -p n=1
run_ok -p n=2
killed
run_ok -p n=2 -p do=make
ran
expect_no_file "$(stage_dir a)/.work"
run_ok -p n=4
same "$(seen)" "1 2 3 f1 f2 f3 "

# An attempt that throws its cache away goes on from that of the last success.
run_ok clean
run_ok -p n=1
sed -i 's/^command = /&rm -f {{intermediate.file}}; false; /' pipeline.ini
run_fails 1
sed -i 's/rm -f .*false; //' pipeline.ini
run_ok -p n=2
same "$(seen)" "1 f1 "

# What is not said to be retained is not given again, and the word changes no identity.
sed -i '/retained/d' pipeline.ini
run_ok
ran
run_ok -p n=5
same "$(seen)" "none "

# One that a stage reports is given again as well.
pipeline <<'INI'
[params]
n = 1
[stage:a]
command =
    cat "$STAGEIO_OUTPUT_DIR/c" 2>/dev/null || echo none
    echo {{params.n}} >> "$STAGEIO_OUTPUT_DIR/c"
    printf '{"event":"intermediate","path":"c","retained":true,"reason":"cache"}\n' >> "$STAGEIO_EVENTS"
INI
run_ok -p n=1
same "$(seen)" "none "
run_ok -p n=2
same "$(seen)" "1 "

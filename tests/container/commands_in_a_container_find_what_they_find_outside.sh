#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
need_podman

mkdir -p tools "$temp/data"
echo data >"$temp/data/file"
pipeline <<INI
[pipeline]
container_engine = podman
[defaults]
container = localhost/box
[stage:first]
command = cp {{input.i}} {{output.o}}
input.i  = in.txt
output.o = o.txt
[stage:second]
command =
    test "\$(cat {{input.i}} | tr a-z A-Z)" = HELLO
    test \$PWD = {{root}}/tools
    test -d "\$STAGEIO_OUTPUT_DIR" && grep -q one "\$STAGEIO_CONFIG"
    test "\$SECRET" = 'a b' && test "\$GIVEN" = yes && test -z "\$NOT_GIVEN"
    test "\$(busybox | head -n 1 | cut -c 1-7)" = BusyBox
    test "\$(cat $temp/data/file)" = data && ! touch $temp/data/new 2>/dev/null
    ! test -e $SOURCE/README.md
    test "\$(ls /sys/class/net)" = lo
    echo '{"event": "progress", "fraction": 0.5}' >>"\$STAGEIO_EVENTS"
    id -u >{{output.o}}
    touch /tmp/elsewhere
dir = tools
input.i    = {{first.o}}
config.n   = one
env.SECRET = a b
pass_env   = GIVEN
output.o   = o.txt
container.mount = $temp/data:ro
[stage:aside]
command    = cat {{root}}/in.txt > o.txt
dir        = work
output.o   = o.txt
[stage:tree]
container  = ./rootfs
command    = touch /tmp/elsewhere && cp /etc/release {{output.o}}
output.o   = o.txt
[stage:outside]
command    = test -e {{root}}/pipeline.ini && uname -n > {{output.o}}
container  = none
output.o   = o.txt
INI
echo hello >in.txt
cp -a "$temp/image.box" rootfs
echo 1 >rootfs/etc/release
export GIVEN=yes NOT_GIVEN=yes
run_ok
ran first second aside tree outside
expect_file "$(stage_dir second)/o.txt" "$(id -u)"
expect_file "$(stage_dir aside)/o.txt" hello
same "$(stat -c %u "$(stage_dir first)/o.txt")" "$(id -u)"
expect_manifest first '.container == {engine: "podman", image: "localhost/box"}'
expect_manifest first '.tools.container | startswith("sha256:")'
expect_manifest first '.resources.cpu_user_seconds > 0 and .resources.memory_mb > 0'
expect_manifest first '.warning_count == null and .warnings == []'
log_of first | found '\[first\] \[INFO\] Container: localhost/box (podman, sha256:[0-9a-f]*)$'
expect_manifest outside '.container == null'
nothing_is_left
expect_no_file rootfs/tmp/elsewhere
run_ok audit first
expect_err 'what it reads is not looked at: it runs in a container'
run_ok
ran
echo 2 >rootfs/etc/release
run_ok
ran tree
expect_reason tree input_changed rootfs
expect_file "$(stage_dir tree)/o.txt" 2

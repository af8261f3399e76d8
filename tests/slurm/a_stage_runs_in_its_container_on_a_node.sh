#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/container/lib.sh
. "$SOURCE/tests/container/lib.sh"
trap 'end_jobs; finish_containers' EXIT
need_podman

pipeline <<'INI'
[pipeline]
executor = slurm
[defaults]
container = localhost/box
[stage:first]
command = cp {{input.i}} {{output.o}}
input.i  = in.txt
output.o = o.txt
[stage:second]
command =
    test "$(tr a-z A-Z < {{input.i}})" = HELLO
    test $PWD = {{root}}/tools
    test "$SECRET" = 'a b' && test "$GIVEN" = yes && test -z "${NOT_GIVEN:-}"
    test "$(busybox | head -n 1 | cut -c 1-7)" = BusyBox
    ! test -e $SOURCE_DIR/README.md
    test "$(ls /sys/class/net)" = lo
    id -u > {{output.o}}
dir = tools
input.i        = {{first.o}}
env.SECRET     = a b
env.SOURCE_DIR = SOURCE
pass_env       = GIVEN
output.o       = o.txt
[stage:near]
container.network = yes
command  = ls /sys/class/net > {{output.o}}
output.o = o.txt
INI
sed -i "s|= SOURCE$|= $SOURCE|" pipeline.ini
mkdir tools
echo hello >in.txt
export GIVEN=yes NOT_GIVEN=yes
run_ok
expect_err '^3 ran in'
expect_file "$(stage_dir second)/o.txt" "$(id -u)"
expect_file "$(stage_dir near)/o.txt" "$(ls /sys/class/net)"
expect_manifest first '.executor.kind == "slurm" and .container == {engine: "podman", image: "localhost/box"}'
log_of first | found '\[first\] \[INFO\] Container: localhost/box (podman, sha256:[0-9a-f]*)$'
nothing_is_left
run_ok run --executor slurm
expect_err '^nothing to do'
# where it runs is nothing of what it is
run_ok run --executor local
expect_err '^nothing to do'

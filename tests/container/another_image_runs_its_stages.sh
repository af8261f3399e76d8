#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
need_podman

pipeline <<'INI'
[defaults]
container = localhost/box
[stage:a]
command  = echo a > {{output.o}}
output.o = o.txt
version.release = cat /etc/release
[stage:b]
container = none
command   = echo b > {{output.o}}
output.o  = o.txt
INI
echo 1 >release
image box release
run_ok
ran a b
expect_manifest a '.tools.release == "1"'
run_ok status
expect_out '^a +may run +the version of release is asked in a run'
run_ok status --ask
expect_out '^a +up to date'
# another name for the same image is no other image
podman tag localhost/box localhost/other
sed -i 's,localhost/box,localhost/other,' pipeline.ini
run_ok
ran
sed -i 's,localhost/other,localhost/box,; /version/d' pipeline.ini
run_ok
ran a
expect_reasons a version_changed
echo 2 >release
image box release
run_ok why --ask a
expect_out 'the image of its container, localhost/box, changed from sha256:[0-9a-f]{12} to sha256:[0-9a-f]{12}$'
run_ok
ran a
expect_reasons a container_changed
expect_reason a container_changed localhost/box
# one that is not here is taken to be the one that was
podman rmi --force localhost/box localhost/other >/dev/null
run_ok
ran
sed -i '/^container = localhost/d' pipeline.ini
run_ok
ran a
expect_manifest a '.reasons[0].message | startswith("it runs in no container of sha256:")'

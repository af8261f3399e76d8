#!/usr/bin/env bash
# podman without root: other tests of this directory, as a user who is made up for it and has numbers of users below his
# own. The machine itself hears nothing of him: what tells of users is another one where he runs.
. "$(dirname "$0")/lib.sh"

skip() {
	echo "$1"
	drop_box
	trap - EXIT
	rm -rf "$temp"
	exit 77
}
[ "$(id -u)" = 0 ] || skip 'all tests are such ones here'
command -v newuidmap >/dev/null || skip 'there is no newuidmap here'
unshare --mount true 2>/dev/null || skip 'no mounts can be made here'
need_podman

number=61234
chmod 755 "$temp"
mkdir "$temp"/{source,build,home,run,tmp}
chown $number:$number "$temp"/{home,run,tmp}
chmod 700 "$temp/run"
for file in passwd group; do
	cp /etc/$file "$temp/$file"
done
echo "restage-test:x:$number:$number::$temp/home:/bin/sh" >>"$temp/passwd"
echo "restage-test:x:$number:" >>"$temp/group"
echo "restage-test:1000000:65536" | tee "$temp/subuid" >"$temp/subgid"
cat >as_user.sh <<'SH'
set -eu
for file in passwd group subuid subgid; do
	[ -e /etc/$file ] || >/etc/$file
	mount --bind "$temp/$file" /etc/$file
done
mount --bind "$SOURCE" "$temp/source"
mount --bind "$(dirname "$RESTAGE")" "$temp/build"
mount --make-rshared / # as it is where a system has started as usual
cd "$temp/tmp"
exec setpriv --reuid $number --regid $number --clear-groups env -i PATH="$PATH" HOME="$temp/home" TMPDIR="$temp/tmp" \
	XDG_RUNTIME_DIR="$temp/run" SOURCE="$temp/source" BUILD="$temp/build" RESTAGE="$temp/build/$(basename "$RESTAGE")" \
	bash "$temp/source/tests/container/$1.sh"
SH
export temp number
for test in commands_in_a_container_find_what_they_find_outside nothing_outlives_a_stage_in_a_container; do
	code=0
	unshare --mount --propagation private bash as_user.sh $test >"$out" 2>"$err" || code=$?
	[ $code = 0 ] || fail "$test ended with $code"
done

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}" "${BUILD:?}"
cpack --config "$BUILD/CPackConfig.cmake" -B "$PWD/package" >"$out" 2>"$err" || fail "cpack failed"
package=$(echo package/*.deb)
dpkg-deb -c "$package" >"$out"
for file in bin/restage bin/stageio lib/libstageio.so.0 include/stageio.h share/man/man1/restage.1.gz share/man/man5/restage.ini.5.gz \
	share/man/man3/stageio.3.gz share/restage/schema/manifest.schema.json share/doc/restage/copyright; do
	expect_out " \./usr/$file( |$)"
done
dpkg-deb -f "$package" Depends >"$out"
expect_out 'libc6'
# The owner's address and licence are not known yet; libyaml is linked in on purpose: it starts faster.
lintian --allow-root --fail-on error \
	--suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog,embedded-library "$package" >"$out" 2>"$err" ||
	fail "lintian finds errors"
dpkg-deb -x "$package" root
RESTAGE=$PWD/root/usr/bin/restage
run_ok --version
same "restage $(dpkg-deb -f "$package" Version)" "$(cut -d' ' -f1,2 "$out")"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${BUILD:?}"
readelf -dW "$BUILD/restage-attempt" >elf
sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' elf >needed
[ -s needed ] || fail 'it needs nothing at all?'
grep -vE '^(libc\.|ld-linux|ld-musl)' needed && fail 'it needs libraries that a node may lack'

# restage --attempt is the same, from the build tree and installed anywhere
cmake --install "$BUILD" --prefix "$PWD/usr" >"$out"
mv usr moved
for restage in "$BUILD/restage" "$PWD/moved/bin/restage"; do
	RESTAGE=$restage
	run_fails 2 --attempt
	expect_err 'usage: restage-attempt FILE INDEX'
	run_fails 3 --attempt no-such-batch 0
	expect_err 'no-such-batch'
done
rm -r moved/libexec
run_fails 3 --attempt no-such-batch 0
expect_err 'libexec/restage/restage-attempt. is not there'

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}" "${BUILD:?}"
# what others have in the same places stays
mkdir -p usr/bin usr/share/restage/examples
echo mine | tee usr/bin/mine >usr/share/restage/examples/mine
cmake --install "$BUILD" --prefix "$PWD/usr" >"$out"
cp "$BUILD/install_manifest.txt" manifest.txt
cmake -D MANIFEST="$PWD/manifest.txt" -P "$SOURCE/src/package/uninstall.cmake" >"$out"
find usr ! -type d | sort >after
same "$(cat after)" "$(printf '%s\n' usr/bin/mine usr/share/restage/examples/mine)"
find usr -name 'stageio*' >left
same "$(cat left)" ""
cmake -D MANIFEST="$PWD/none.txt" -P "$SOURCE/src/package/uninstall.cmake" >"$out" 2>"$err" && fail "it took nothing away"
tr -s '[:space:]' ' ' <"$err" | found 'nothing was installed' || fail "it does not say so" # CMake breaks lines

#!/usr/bin/env bash
collect=no # the example's own
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}" "${BUILD:?}"
cmake --install "$BUILD" --prefix "$PWD/usr" >"$out"
bash usr/share/restage/examples/quickstart.sh >"$out" 2>"$err" || fail "the installed quickstart failed"
expect_err 'nothing to do: 33 up to date'
expect_out "PATH=$PWD/usr/bin:"
expect_file restage-quickstart/out/quickstart/graph.dot

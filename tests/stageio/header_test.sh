#!/bin/sh
# The header compiles alone, strictly, in every language that it is for. Arguments: the include directory,
# a C compiler, and a directory to work in.
set -eu
include=$1
cc=$2
cd "$3"

cat >use.c <<'END'
#include "stageio.h"
#include "stageio.h" /* twice does no harm */

static const stageio_field fixed[] = {STAGEIO_STR("format", "wav"), STAGEIO_INT("n", 1),
	STAGEIO_NUM("f", 0.5), STAGEIO_BOOL("b", 1), STAGEIO_NULL("z"), STAGEIO_JSON("j", "[]"),
	STAGEIO_PATH("p", "/x"), STAGEIO_LABEL("l")};

int use(stageio *io, size_t n)
{
	const stageio_field one[] = {STAGEIO_INT("n", n)};

	return stageio_track_input(io, "x", "audio", fixed, sizeof fixed / sizeof *fixed) |
		stageio_track_output(io, "x", "audio", one, 1) |
#ifndef __cplusplus
		stageio_track_output(io, "x", "audio", STAGEIO_FIELDS(STAGEIO_INT("n", n), STAGEIO_STR("a", "b"))) |
#endif
		stageio_logf(io, STAGEIO_INFO, "%d", 1);
}
END
cp use.c use.cc

# check COMPILER OPTION...
check() {
	"$@" -Wall -Wextra -Wpedantic -pedantic-errors -Wshadow -Wconversion -Werror -I"$include" -fsyntax-only
}
for compiler in "$cc" gcc clang; do
	command -v "$compiler" >/dev/null || continue
	for std in c99 c11 c17; do
		check "$compiler" -std=$std -Wstrict-prototypes use.c
	done
done
for compiler in c++ g++ clang++; do
	command -v "$compiler" >/dev/null || continue
	for std in c++11 c++17; do
		check "$compiler" -std=$std use.cc
	done
done

# the compiler checks formats
printf '#include "stageio.h"\nint f(stageio *io) { return stageio_logf(io, STAGEIO_INFO, "%%s", 1); }\n' >bad.c
if "$cc" -Wall -Werror -I"$include" -fsyntax-only bad.c 2>/dev/null; then
	echo "a wrong format passes"
	exit 1
fi

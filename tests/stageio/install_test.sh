#!/usr/bin/env bash
# What is installed can be found and linked by pkg-config and CMake, shared and static, from C and C++, and
# the example is the same stage in three languages. install_test.sh SOURCE_DIR BUILD_DIR C_COMPILER
set -euo pipefail
source=$1
build=$2
cc=$3
unset "${!STAGEIO@}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/first" >"$work/log" || { cat "$work/log" && exit 1; }
mv "$work/first" "$work/moved" # an installed tree can be moved
prefix=$work/moved
cd "$work"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name stageio.pc)")
library=$(dirname "$(find "$prefix" -name libstageio.a)")
export PKG_CONFIG_PATH
example=$source/examples/stageio/wordcount.c
read -ra shared <<<"$(pkg-config --cflags --libs stageio)"
read -ra static <<<"$(pkg-config --cflags --libs --static stageio | sed "s|-lstageio|$library/libstageio.a|")"
"$cc" -o shared "$example" "${shared[@]}" "-Wl,-rpath,$library"
"$cc" -o static "$example" "${static[@]}"
ldd shared >shared.libraries
ldd static >static.libraries
grep -q "libstageio.*$library" shared.libraries || { echo "the shared library is not used" && exit 1; }
if grep -q libstageio static.libraries; then echo "the static library is not used" && exit 1; fi

# only what the header declares is seen of the library, in both its forms
declared=$(grep -o 'stageio_[a-z_]*(' "$prefix/include/stageio.h" | tr -d '(' | sort -u)
for file in "$library/libstageio.so" "$library/libstageio.a"; do
	dynamic=()
	[[ $file == *.so ]] && dynamic=(-D)
	seen=$(nm "${dynamic[@]}" -g --defined-only "$file" | awk 'NF == 3 {print $3}' | sort -u)
	[ "$seen" = "$declared" ] || { echo "$file:" && diff <(echo "$declared") <(echo "$seen"); exit 1; }
done

mkdir project
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.22)
project(user C CXX)
find_package(stageio 0.1 REQUIRED)
add_executable(by_cmake wordcount.c)
target_link_libraries(by_cmake stageio::stageio)
add_executable(by_cmake_static wordcount.c)
target_link_libraries(by_cmake_static stageio::stageio_static)
add_executable(plusplus plusplus.cc)
target_link_libraries(plusplus stageio::stageio)
END
cp "$example" project/
cat >project/plusplus.cc <<'END'
#include <stageio.h>

int main()
{
	const stageio_field fields[] = {STAGEIO_STR("format", "txt"), STAGEIO_INT("n", 1)};
	stageio *io;

	if (stageio_open(&io, "plusplus", "out/plusplus", 0) != STAGEIO_OK)
		return 1;
	stageio_track_input(io, "text", "text", fields, 2);
	return stageio_finalize(io, STAGEIO_SUCCESS, fields, 2) | stageio_close(io);
}
END
if ! cmake -S project -B project/build -DCMAKE_PREFIX_PATH="$prefix" >log 2>&1 ||
	! cmake --build project/build >>log 2>&1; then
	cat log
	exit 1
fi

printf 'one two  three\n\tfour\n' >text
export PATH=$prefix/bin:$PATH PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$(dirname "$(find "$prefix" -name stageio.py)")
export PYTHONPATH
run() {
	"${@:2}" "out/$1" text
	grep -q '"status": "success"' "out/$1/01_wordcount/manifest.json"
	[ "$(cat "out/$1/01_wordcount/words.json")" = '{"words": 4}' ]
	sed -E 's/"[0-9]{4}-[0-9T:.+-]{27}"|"duration_seconds": [0-9.e-]+|"[0-9]{8}_[0-9]{6}"|"mtime_ns": "[0-9]+"/T/
		s/"job": ".*"|out\/[^\/]*\//J/' "out/$1/01_wordcount/manifest.json" |
		tr '\n' ' ' | sed -E 's/"resources": \{[^}]*\}/R/' >"$1.json" # a script's are not measured
}
run shared ./shared
run static ./static
run cmake project/build/by_cmake
run cmake_static project/build/by_cmake_static
run shell "$source/examples/stageio/wordcount.sh"
run python "$source/examples/stageio/wordcount.py"
for other in static cmake cmake_static shell python; do
	diff shared.json $other.json
done
project/build/plusplus
grep -q '"n": 1' out/plusplus/01_plusplus/manifest.json
MANPATH=$prefix/share/man man -w 3 stageio >/dev/null 2>&1 || [ -f "$prefix/share/man/man3/stageio.3" ]

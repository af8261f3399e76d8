#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}" "${BUILD:?}"
cmake --install "$BUILD" --prefix "$PWD/usr" >"$out"
RESTAGE=$PWD/usr/bin/restage
run_ok --version
for file in man/man1/restage.1 man/man5/restage.ini.5 doc/restage/tutorial.md bash-completion/completions/restage zsh/site-functions/_restage \
	fish/vendor_completions.d/restage.fish lnav/formats/restage/restage.lnav.json \
	restage/schema/manifest.schema.json restage/schema/run.schema.json; do
	[ -s "usr/share/$file" ] || fail "there is no share/$file"
done

# the example pipelines find their root, and what they call lies in it; what setup.sh composes and builds
# from the sources is not there
cd usr/share/restage
expect_no_file examples/media
mkdir examples/ladder/data # its titles are those that are there
touch examples/ladder/data/title.mp4
for pipeline in "$SOURCE"/pipelines/*.ini; do
	run_ok -f "pipelines/$(basename "$pipeline")" list --names
done
run_ok -f pipelines/quickstart.ini check

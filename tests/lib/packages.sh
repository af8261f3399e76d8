# shellcheck shell=bash disable=SC2034
# Sourced, from the top of the tree: what the tests need beside what building needs.
# shellcheck source=examples/packages.sh
. examples/packages.sh

packages_tests='libcmocka-dev python3 python3-jsonschema git jq strace tmux graphviz shellcheck clang
	libclang-rt-14-dev clang-format clang-tidy cppcheck valgrind procps e2fsprogs util-linux
	chromium lnav less lintian man-db mmdebstrap bwa samtools bcftools ffmpeg'

# shellcheck shell=bash disable=SC2034
# Sourced, from the top of the tree: what the tests need beside what building needs.
# shellcheck source=examples/packages.sh
. examples/packages.sh

packages_tests='libcmocka-dev python3 python3-jsonschema git jq strace tmux graphviz shellcheck clang
	libclang-rt-14-dev clang-format clang-tidy cppcheck valgrind procps e2fsprogs util-linux
	chromium lnav less lintian man-db mmdebstrap bwa samtools bcftools ffmpeg
	slurmctld slurmd slurm-client munge nginx-light python3-botocore
	podman runc catatonit uidmap busybox-static'
# and for those labelled full
packages_full='qemu-system-x86 kmod cpio'

# need_test_packages PACKAGE...: installs what is missing. The tests start what they need themselves: no service is
# started by its installation. Debian asks policy-rc.d, which is there meanwhile.
need_test_packages() (
	are_installed "$@" && exit 0
	policy=/usr/sbin/policy-rc.d
	if command -v apt-get >/dev/null && [ ! -e "$policy" ]; then
		trap 'as_root rm -f "$policy"' EXIT
		trap 'exit 130' INT TERM HUP
		as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
	fi
	need_packages "$@"
)

# shellcheck shell=bash disable=SC2034
# Sourced: packages of Debian 12.

PACKAGES_BUILD=(build-essential cmake ninja-build pkg-config libxxhash-dev libcjson-dev libinih-dev
	libyaml-dev libmicrohttpd-dev)
PACKAGES_TESTS=(libcmocka-dev python3 python3-jsonschema git jq strace tmux graphviz shellcheck clang
	libclang-rt-14-dev clang-format clang-tidy cppcheck valgrind procps e2fsprogs util-linux
	chromium lnav less)

# need_packages PACKAGE...: installs what is missing, as root or with sudo. Elsewhere than on Debian and
# its descendants nothing is installed: configuring says what is missing.
need_packages() {
	local missing=() package sudo=()
	command -v apt-get >/dev/null || return 0
	for package; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing ${missing[*]}" >&2
	[ "$(id -u)" = 0 ] || sudo=(sudo)
	"${sudo[@]}" apt-get update -qq >&2 &&
		"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

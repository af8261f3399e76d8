# shellcheck shell=sh
# Sourced by every script here that installs: the packages of Debian 12 that building restage needs, and
# how packages are installed. POSIX sh.

# shellcheck disable=SC2034 # used by who sources this
packages_build='build-essential cmake ninja-build pkg-config libxxhash-dev libcjson-dev libinih-dev
	libyaml-dev libcsv-dev libmicrohttpd-dev libssl-dev libcurl4-openssl-dev'

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "this takes root, and there is no sudo: run as root: $*" >&2
		return 1
	fi
}

# apt_get ARGUMENT...: as root. In the first minutes of a new machine another apt often holds the lock: it
# is waited for, ten minutes at most.
apt_get() {
	apt_tries=120
	apt_log=$(mktemp) || return 1
	while ! as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
		apt-get -o DPkg::Lock::Timeout=600 "$@" >"$apt_log" 2>&1; do
		if [ "$apt_tries" = 0 ] || ! grep -q 'Could not get lock\|Unable to lock' "$apt_log"; then
			cat "$apt_log" >&2
			rm -f "$apt_log"
			return 1
		fi
		[ "$apt_tries" = 120 ] && echo "waiting for another apt to end" >&2
		apt_tries=$((apt_tries - 1))
		sleep 5
	done
	rm -f "$apt_log"
}

# are_installed PACKAGE...: else those that are missing stand in $packages_missing. Elsewhere than on Debian and
# its descendants nothing is missing: configuring says what is.
are_installed() {
	packages_missing=
	command -v apt-get >/dev/null || return 0
	for package; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			packages_missing="$packages_missing $package"
	done
	[ -z "$packages_missing" ]
}

# need_packages PACKAGE...: installs what is missing.
need_packages() {
	are_installed "$@" && return 0
	echo "installing$packages_missing" >&2
	# shellcheck disable=SC2086 # one word a package
	apt_get update -qq && apt_get install -y -qq --no-install-recommends $packages_missing
}

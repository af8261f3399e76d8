#!/usr/bin/env bash
# On a Debian 12 with nothing in it, the README's own lines install restage, and what they installed runs.
# Needs the network and root; exit 77 (skipped) where they are not to be had.
#
#   bare_debian.sh SOURCE DIR    DIR keeps the bare tree for the next time
set -euo pipefail
source=$1 keep=$2
skip() {
	echo "skipped: $*" >&2
	exit 77
}

[ "$(id -u)" = 0 ] || skip "making a tree of Debian takes root"
command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
mkdir -p "$keep"
if [ ! -s "$keep/bookworm.tar" ]; then
	mmdebstrap --variant=minbase bookworm "$keep/bookworm.new.tar" || skip "no tree could be made: is there a network?"
	mv "$keep/bookworm.new.tar" "$keep/bookworm.tar"
fi
root=$(mktemp -d "$keep/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
tar -C "$root" -xf "$keep/bookworm.tar"
mkdir -p "$root/src"
git -C "$source" ls-files -z | (cd "$source" && xargs -0 cp -P --parents -t "$root/src")
# what /dev lacks where device nodes cannot be made
for node in null zero random urandom; do
	[ -c "$root/dev/$node" ] || skip "no device nodes can be made here"
done

# The first block of the section "Install": the reader's own lines, nothing else.
awk '/^## Install/ { seen = 1 } /^```/ { if (inside) exit; inside = seen; next } inside' \
	"$source/README.md" >"$root/src/install.sh"
grep -q apt-get "$root/src/install.sh" || { echo "README.md has no lines that install" >&2; exit 1; }
in_tree() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
		/usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root DEBIAN_FRONTEND=noninteractive sh -c "$1"
}
in_tree 'cd /src && sh -e install.sh' >"$keep/install.log" 2>&1 || {
	tail -n 40 "$keep/install.log" >&2
	exit 1
}
in_tree 'restage --version && mkdir /try && cd /try && restage init && restage run && restage run' 2>&1 |
	tee "$keep/run.log"
grep -q 'nothing to do' "$keep/run.log"
in_tree 'cd /src && cmake --build build/release -t uninstall >/dev/null && ! command -v restage'

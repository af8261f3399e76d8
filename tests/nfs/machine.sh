#!/usr/bin/env bash
# A small virtual machine with an NFSv4.2 server and two clients of it, in software: what a shared file system does to
# a job. Needs the network once, for packages of Debian; exit 77 (skipped) where there is none.
#
#   machine.sh DIR TEST    boots, runs TEST in it (init.sh says what it finds there), and powers off; DIR keeps the
#                          kernel for the next time. RESTAGE names the program that is tested.
set -euo pipefail
: "${RESTAGE:?path of the program, absolute}"
here=$(cd "$(dirname "$0")" && pwd)
keep=$(mkdir -p "$1" && cd "$1" && pwd)
test=$(realpath "$2")
PATH=$PATH:/usr/sbin:/sbin
skip() {
	echo "skipped: $*" >&2
	exit 77
}
for program in qemu-system-x86_64 modprobe depmod cpio; do
	command -v $program >/dev/null || { echo "$program is missing: tests/run.sh full installs it" >&2 && exit 1; }
done

# What is only used inside is not installed: a server of NFS here would be one too many.
fetch() {
	local kernel version module file
	kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p')
	[ -n "$kernel" ] || skip "no kernel of Debian is known here"
	(cd "$1" && apt-get -o APT::Sandbox::User=root download -qq "$kernel" \
		nfs-kernel-server nfs-common libwrap0 libtirpc3 libnsl2 busybox-static) ||
		skip "packages of Debian cannot be had: is there a network?"
	mkdir "$1/tree" "$1/modules"
	for file in "$1"/*.deb; do
		dpkg-deb -x "$file" "$1/tree"
		rm "$file"
	done
	version=${kernel#linux-image-}
	depmod -b "$1/tree" "$version"
	for module in nfsd nfsv4 veth; do
		modprobe -S "$version" -d "$1/tree" --show-depends $module
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while IFS= read -r module; do
		cp "$module" "$1/modules"
		echo "insmod /modules/$(basename "$module")"
	done >"$1/modules/load.sh"
	mv "$1/tree/boot/vmlinuz-$version" "$1/vmlinuz"
	rm -rf "$1/tree/lib/modules" "$1/tree/boot" "$1/tree/usr/share"
}
if [ ! -s "$keep/machine/vmlinuz" ]; then
	rm -rf "$keep/new" "$keep/machine"
	mkdir "$keep/new"
	fetch "$keep/new"
	mv "$keep/new" "$keep/machine"
fi
keep=$keep/machine

work=$(mktemp -d "${TMPDIR:-/tmp}/restage-nfs.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,sbin,lib,lib64,etc,proc,sys,dev,tmp,run,export,data,modules,opt,var/lib/nfs/{v4recovery,nfsdcltrack}}
cp "$keep/tree/bin/busybox" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list | grep -vx busybox); do
	ln -s busybox "$root/bin/$applet"
done
# put PROGRAM [DIR]: with the libraries that it loads
put() {
	local program=$1 library
	program=$(PATH=$keep/tree/usr/sbin:$keep/tree/sbin:$PATH command -v "$1")
	rm -f "$root/${2:-bin}/$(basename "$1")"
	cp -L "$program" "$root/${2:-bin}/$(basename "$1")"
	{ LD_LIBRARY_PATH=$keep/tree/usr/lib/x86_64-linux-gnu:$keep/tree/lib/x86_64-linux-gnu ldd "$program" 2>/dev/null || true; } |
		grep -o '/[^ ]*' | while IFS= read -r library; do
		mkdir -p "$root/lib/x86_64-linux-gnu" "$root/lib64"
		case $library in
		*/ld-linux*) cp -L "$library" "$root/lib64" ;;
		*) cp -L "$library" "$root/lib/x86_64-linux-gnu" ;;
		esac
	done
}
for program in bash ip unshare nsenter mount.nfs4 exportfs rpc.mountd rpc.nfsd; do
	put $program
done
put "$RESTAGE" opt
[ ! -e "$(dirname "$RESTAGE")/restage-attempt" ] || put "$(dirname "$RESTAGE")/restage-attempt" opt
cp "$keep"/modules/* "$root/modules"
cp "$keep/tree/etc/netconfig" "$root/etc" 2>/dev/null || cp /etc/netconfig "$root/etc"
printf 'nfs 2049/tcp\nsunrpc 111/tcp\n' >"$root/etc/services"
printf 'tcp 6 TCP\nudp 17 UDP\n' >"$root/etc/protocols"
printf 'root:x:0:0:root:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf '/export *(rw,no_root_squash,insecure,fsid=0,no_subtree_check,sync)\n' >"$root/etc/exports"
cp "$here/init.sh" "$root/init"
cp "$test" "$root/test.sh"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd.gz"
timeout -k 5 "${SECONDS_MAX:-600}" qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1024 -smp 1 -nographic \
	-no-reboot -net none -kernel "$keep/vmlinuz" -initrd "$work/initrd.gz" \
	-append "console=ttyS0 quiet panic=-1" </dev/null | tr -d '\r' | tee "$work/console"
grep -qx 'test: ended with 0' "$work/console"

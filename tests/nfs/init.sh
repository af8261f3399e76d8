#!/bin/bash
# The first process of the machine of machine.sh: a server and two clients, each with a host name, a network and mounts
# of its own. /test.sh finds
#   on a|b COMMAND...    runs it on nodea or nodeb, where the server's files are /data
#   cut_off a|b, let_back a|b    takes its network away, and gives it back
export PATH=/bin:/sbin:/opt
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for dir in /tmp /run /export; do
	mount -t tmpfs tmp $dir
done
# shellcheck source=/dev/null
. /modules/load.sh
hostname server
ip link set lo up
mount -t nfsd nfsd /proc/fs/nfsd
: >/var/lib/nfs/etab
: >/var/lib/nfs/rmtab

# make NAME NUMBER
make() {
	unshare --net --uts --mount sleep 100000 &
	echo $! >"/run/$1"
	sleep 0.2
	ip link add "v$1" type veth peer name e0
	ip link set e0 netns "$(cat "/run/$1")"
	ip addr add "10.0.$2.1/24" dev "v$1"
	ip link set "v$1" up
	on "$1" hostname "node$1"
	on "$1" ip link set lo up
	on "$1" ip addr add "10.0.$2.2/24" dev e0
	on "$1" ip link set e0 up
}
on() {
	local host=$1
	shift
	nsenter --net --uts --mount -t "$(cat "/run/$host")" "$@"
}
cut_off() {
	ip link set "v$1" down
}
let_back() {
	ip link set "v$1" up
}
export -f on cut_off let_back
make a 1
make b 2
# else every lock waits for a minute and a half
echo 10 >/proc/fs/nfsd/nfsv4leasetime
echo 10 >/proc/fs/nfsd/nfsv4gracetime
exportfs -ra
rpc.mountd -N 3 -N 2 --no-udp 2>/dev/null || rpc.mountd
rpc.nfsd -N 3 4
sleep 1
on a mount.nfs4 10.0.1.1:/ /data -o rw,hard
on b mount.nfs4 10.0.2.1:/ /data -o rw,hard
on a grep -q ' /data nfs4 ' /proc/mounts && on b grep -q ' /data nfs4 ' /proc/mounts || echo "no mounts"
bash -eu /test.sh
echo "test: ended with $?"
sync
poweroff -f

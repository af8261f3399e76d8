#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A power loss can take a file's content and leave all else, since nothing is synced. What the index knows
# of an earlier boot is therefore read again, once.
pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
boots=10000000
reboot() {
	boots=$((boots + 1))
	echo "$boots-1234-4234-8234-123456789012" >boot
}
reboot
# A boot is another boot id, which a mount namespace of our own puts over the machine's.
unshare -m true 2>/dev/null || { echo "skipped: no right to a mount namespace" && exit 0; }
printf '#!/bin/sh\nmount --bind boot /proc/sys/kernel/random/boot_id && exec "%s" "$@"\n' "$RESTAGE" >inside
printf '#!/bin/sh\nexec unshare -m ./inside "$@"\n' >restage
chmod +x inside restage
RESTAGE=$PWD/restage
reads() {
	sanitizers_leave_traces_alone
	strace -f -e trace=openat -o trace "$RESTAGE" >"$out" 2>"$err" </dev/null
	grep -cE '"(in.txt|out/pipeline/01_a/(a.txt|manifest.json))"' trace || true
}
run_ok
run_ok
same "$(reads)" 0
reboot
same "$(reads)" 3
expect_err 'nothing to do'
expect_no_err 'index'
same "$(reads)" 0
reboot
same "$(reads)" 1

# The same size and times, other content: known by the manifest, though the index was written after it.
echo 2 >in.txt
run_ok
ran a
cp -p out/pipeline/01_a/a.txt old
run_ok
reboot
printf '\0\0' >out/pipeline/01_a/a.txt
touch -r old out/pipeline/01_a/a.txt
run_ok
ran a
expect_file out/pipeline/01_a/a.txt 2

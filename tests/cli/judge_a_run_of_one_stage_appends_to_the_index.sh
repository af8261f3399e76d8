#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
sanitizers_leave_traces_alone

# What a run writes grows with what it did: the index is not written anew for one stage of many.
mkdir in
for number in $(seq 60); do echo "$number" >"in/$number"; done
pipeline <<'INI'
[stage:a]
foreach.n = in/*
command = cp {{input.i}} {{output.o}}
input.i = {{each.n}}
output.o = o
INI
run_ok
sleep 0.1
run_ok
index=out/pipeline/.restage/index
inode=$(stat -c %i $index) size=$(stat -c %s $index)
head -c "$size" $index >before
echo other >in/7
run_ok
ran a/7
same "$(stat -c %i $index)" "$inode"
head -c "$size" $index | cmp - before
grown=$(($(stat -c %s $index) - size))
((grown > 100 && grown < 1000)) || fail "the index grew by $grown"

# What was appended counts: a run in which nothing is to be done reads no file and writes no index.
sleep 0.1
run_ok # the input was too young to be trusted
inode=$(stat -c %i $index) size=$(stat -c %s $index)
strace -f -qq -b execve -o "$temp/trace" -e trace=openat "$RESTAGE" >"$out" 2>"$err" </dev/null
! found -E 'manifest.json|"in/' <"$temp/trace" || fail "a manifest or an input was read"
same "$(stat -c '%i %s' $index)" "$inode $size"

#!/usr/bin/env bash
# A directory that several users write to. Needs root, who becomes each of them.
. "$(dirname "$0")/lib.sh"
collect=no # others' files

chmod 755 "$temp" "$temp/work"

# as USER COMMAND...: a user of that number, of the group 7000
as() {
	setpriv --reuid="$1" --regid="$1" --groups=7000 -- env HOME="$temp/work/$1" "${@:2}"
}

# checkout USER: a checkout of theirs, as the working directory
checkout() {
	mkdir -p "$temp/work/$1"
	cp "$temp/work/pipeline.ini" in.txt "$temp/work/$1"
	chown -R "$1:$1" "$temp/work/$1"
	cd "$temp/work/$1"
	rm -rf out
}

# run_as USER [ARGS...]
run_as() {
	as "$1" "$RESTAGE" --cache "$cache" "${@:2}" >"$out" 2>"$err" </dev/null || fail "restage of $*: exit code $?"
	expect_no_err warning
}

# stage b tells of a further input: its entry gets a second variant
pipeline <<INI
[cache]
max_size = 1
[stage:a]
command = echo a >{{output.o}}; mkdir {{output.d}}; echo x >{{output.d}}/x
output.o = o.txt
output.d = d
[stage:b]
command = $BUILD/stageio input in.txt --type extra; cp in.txt {{output.o}}
output.o = o.txt
track_command = no
INI
sed '/max_size/d' pipeline.ini >unlimited
cp pipeline.ini limited
for mode in 1777 2775; do
	cp unlimited pipeline.ini
	echo 1 >in.txt
	cache=$temp/work/cache$mode
	mkdir "$cache"
	chgrp 7000 "$cache"
	chmod $mode "$cache"
	(umask 077 && checkout 6001 && run_as 6001)
	same "$(find "$cache/ac" -type f | wc -l)" 2
	same "$(find "$cache" -mindepth 1 -type d ! -perm $mode)" ''
	(
		umask 077
		checkout 6002
		run_as 6002
		expect_err '^2 restored'
		run_as 6002 cache verify
		expect_out '0 wrong'
		# a second variant of the first one's entry, which in a sticky directory stays as it is
		echo 2 >in.txt
		run_as 6002
		expect_err '1 ran'
		rm -rf out
		run_as 6002
		[ $mode = 1777 ] || expect_err '^2 restored'
		# and what root adds does not shut them out
		"$RESTAGE" --cache "$cache" -q -B 2>"$err" || fail 'root cannot run it'
		expect_no_err warning
	)
	same "$(find "$cache" -mindepth 1 -type d ! -perm $mode)" ''
	# the first runs it with the second's input, and trims: others' files go as the directory lets them
	(
		cp limited pipeline.ini
		checkout 6001
		echo 3 >in.txt
		run_as 6001
		expect_err 'ran'
		left=$(find "$cache/ac" "$cache/cas" -type f -user 6001 | wc -l)
		same "$left" 0
		[ $mode = 1777 ] || same "$(find "$cache/ac" "$cache/cas" -type f | wc -l)" 0
		# how much is there is counted anew by whoever trims
		same "$(wc -l <"$cache/used")" 1
	)
	(
		checkout 6002
		run_as 6002
		same "$(wc -l <"$cache/used")" 1
		run_as 6002 cache verify
	)
done

# What root does in the cache of somebody does not shut them out of it.
cp unlimited pipeline.ini
cache=$temp/work/own
mkdir own
chown 6001:6001 own
run_ok --cache "$cache"
expect_err '2 ran'
sed -i 's/echo a/echo b/' pipeline.ini
checkout 6001
run_as 6001
expect_err '1 ran'
rm -rf out
run_as 6001
expect_err '^2 restored'

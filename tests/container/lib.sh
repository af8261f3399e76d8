# shellcheck shell=bash disable=SC2034
# Sourced first by every test of this directory: what tests/cli/lib.sh gives, and podman with a storage of its own, in
# which is one image, localhost/box: a busybox. Where podman cannot run it, the test is skipped, and counted as such.
# Images come from no registry.
#
#   podman ...                   the engine, as restage runs it
#   image NAME [FILE...]         makes localhost/NAME of the busybox and these further files
#   nothing_is_left              no container, and no process of one
#   stand_in NAME                a script $temp/engines/NAME in front of PATH, from stdin
#   no_engines                   PATH has what a test needs, but no engine beside stand-ins
: "${SOURCE:?top of the sources}"
# shellcheck source=tests/cli/lib.sh
declare -F finish >/dev/null || . "$SOURCE/tests/cli/lib.sh" # tests with a Slurm have it

# podman's own processes refuse a runroot of more than 50 characters.
box=$(mktemp -d /tmp/restage-box.XXXXXX)
export CONTAINERS_CONF=$temp/containers.conf CONTAINERS_STORAGE_CONF=$temp/storage.conf
cat >"$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "vfs"
runroot = "$box/run"
graphroot = "$box/storage"
CONF

drop_box() {
	[ ! -e "$box/storage" ] || podman rm --all --force --time 0 >/dev/null 2>&1 || true
	rm -rf "$box" || { sleep 1 && rm -rf "$box"; }
}

finish_containers() {
	local code=$?
	set +e
	drop_box
	(exit $code)
	finish
}
trap 'finish_containers' EXIT

# Some machines are containers themselves, where a runtime can do less: settings, a line each.
settings_of() {
	printf '[engine]\nevents_logger = "none"\ncgroup_manager = "cgroupfs"\n%s\n[containers]\n%s\n' "$1" "$2" >"$CONTAINERS_CONF"
}

image() {
	local name=$1 tree=$temp/image.$1
	shift
	mkdir -p "$tree/bin" "$tree/tmp" "$tree/etc"
	chmod 1777 "$tree/tmp"
	cp "$(command -v busybox)" "$tree/bin/busybox"
	"$tree/bin/busybox" --list | grep -vx busybox | (cd "$tree/bin" && xargs -n 1 ln -sf busybox)
	[ $# = 0 ] || cp "$@" "$tree/etc/"
	tar -C "$tree" -c . | podman import --quiet - "localhost/$name" >"$temp/imported"
}

runs() {
	podman run --rm --init --pull never --network none --log-driver none localhost/box true
}

has_podman() {
	command -v podman >/dev/null && command -v busybox >/dev/null || return 1
	settings_of '' ''
	image box || return 1
	runs && return 0
	settings_of 'runtime = "runc"' 'default_ulimits = ["nofile=1024:1024", "nproc=100:100"]'
	runs
}

need_podman() {
	has_podman >"$temp/podman" 2>&1 && return 0
	echo "podman cannot run a container here: $(tail -n 1 "$temp/podman")"
	trap - EXIT
	drop_box
	rm -rf "$temp"
	exit 77
}

nothing_is_left() {
	same "$(podman ps --all --format '{{.Names}}')" ''
	! pgrep -f "[c]onmon .*$box/" >/dev/null || fail "conmon is left: $(pgrep -af "[c]onmon .*$box/")"
}

stand_in() {
	mkdir -p "$temp/engines"
	cat >"$temp/engines/$1"
	chmod +x "$temp/engines/$1"
	PATH=$temp/engines:$PATH
}

no_engines() {
	mkdir "$temp/programs"
	ln -sft "$temp/programs" /usr/sbin/* /usr/bin/* 2>/dev/null
	rm -f "$temp"/programs/{podman,docker,apptainer,singularity}
	# shellcheck disable=SC2123 # it is the shell's
	PATH=$temp/programs
}

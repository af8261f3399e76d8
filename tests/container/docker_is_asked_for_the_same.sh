#!/usr/bin/env bash
# With docker itself, whose daemon is a podman.
. "$(dirname "$0")/lib.sh"
need_podman
if ! command -v docker >/dev/null; then
	echo 'there is no docker here'
	drop_box
	trap - EXIT
	exit 77
fi

export DOCKER_HOST=unix://$box/docker DOCKER_CONFIG=$temp/docker
podman system service --time 0 "$DOCKER_HOST" >"$temp/service" 2>&1 &
service=$!
trap 'kill $service; finish_containers' EXIT
wait_until docker version
pipeline <<'INI'
[pipeline]
container_engine = docker
[defaults]
container = localhost/box
[stage:a]
command =
    test "$SECRET" = 'a b' && test "$(ls /sys/class/net)" = lo
    cat >{{output.o}} <in.txt
env.SECRET = a b
output.o = o.txt
version.busybox = busybox
[stage:b]
command  = cat
input.i  = {{a.o}}
output.o = o.txt
command  = tr a-z A-Z < {{input.i}} > {{output.o}}
[stage:late]
command =
    trap '' TERM
    sleep 1000 & sleep 1000
timeout = 2s
grace   = 1s
INI
sed -i '/^command  = cat$/d' pipeline.ini
echo hello >in.txt
run_fails 1 run -k
expect_file "$(stage_dir b)/o.txt" HELLO
expect_manifest a '.container.engine == "docker" and (.tools.container | startswith("sha256:"))'
# nothing is known of what a daemon's containers use
expect_manifest a '.resources.memory_mb == null'
expect_manifest late '.errors[0].message == "timed out after 2.0s"'
nothing_is_left
run_fails 1
ran late

#!/usr/bin/env bash
# With a stand-in for podman, which keeps its images in a directory and runs commands as they are.
. "$(dirname "$0")/lib.sh"
no_engines

stand_in podman <<'SH'
#!/usr/bin/env bash
echo "$*" >>"$ENGINE/calls"
case $1 in
image)
	cat "$ENGINE/images/${@: -1}" 2>/dev/null || { echo "Error: ${@: -1}: image not known" >&2; exit 125; }
	;;
pull)
	echo "Trying to pull $2..." >&2
	until [ -e "$ENGINE/go" ]; do sleep 0.05; done
	[[ $2 != */bad ]] || { echo 'Error: unauthorized: authentication required' >&2; exit 125; }
	mkdir -p "$(dirname "$ENGINE/images/$2")" && echo 0123456789abcdef >"$ENGINE/images/$2"
	;;
run)
	shift
	while [ "$1" != --entrypoint ]; do shift; done
	program=$2 image=$3
	shift 3
	[ "$image" = sha256:0123456789abcdef ] || exit 125
	exec "$program" "$@"
	;;
esac
SH
export ENGINE=$temp/engine
mkdir -p "$ENGINE/images"
pipeline <<'INI'
[stage:one]
container = registry/good
command   = echo > {{output.o}}
output.o  = o.txt
[stage:two]
container = registry/good
command   = echo > {{output.o}}
output.o  = o.txt
version.w = cat tool.version
[stage:bad]
container = registry/bad
command   = true
[stage:other]
command   = touch $ENGINE/go
INI
echo 1 >tool.version
run_fails 1 run -k -j 4
# others went on meanwhile: one of them let the pull end
expect_manifest other '.status == "success"'
expect_manifest one '.status == "success" and .tools.container == "sha256:0123456789abcdef"'
expect_manifest two '.tools == {w: "1", container: "sha256:0123456789abcdef"}'
same "$(grep -c '^pull registry/good' "$ENGINE/calls")" 1
expect_err '^pulling registry/good by podman'
expect_err '^pulled registry/good in '
expect_err 'bad: failed .*the image registry/bad cannot be had from podman: Error: unauthorized: authentication required'
expect_manifest bad '.errors[0].message | contains("authentication required")'

# one that is gone is not pulled for what is up to date
rm "$ENGINE/images/registry/good" 2>/dev/null || rm -r "$ENGINE/images"
mkdir -p "$ENGINE/images"
: >"$ENGINE/calls"
run_ok run one
ran
! grep -q '^pull' "$ENGINE/calls" || fail 'it was pulled'

# what says itself which image it is, is asked by nobody who only looks
sed -i 's,registry/good,registry/good@sha256:aa,' pipeline.ini
: >"$ENGINE/calls"
run_ok why one
expect_out 'the image of its container, registry/good@sha256:aa, changed from sha256:0123456789ab to sha256:aa'
same "$(cat "$ENGINE/calls")" ''

#!/usr/bin/env bash
# With a stand-in for apptainer, which checks what it is told and runs commands as they are.
. "$(dirname "$0")/lib.sh"
no_engines

stand_in apptainer <<'SH'
#!/usr/bin/env bash
echo "$*" >>"$ENGINE/calls"
if [ "$1" = pull ]; then
	[ "$2 $4" = '--force docker://tool:1' ] || { echo "FATAL: no $4" >&2; exit 255; }
	echo image >"$3"
	exit
fi
[ "$1 $2" = '--silent exec' ] || exit 255
shift 2
while [[ $1 == -* ]]; do
	case $1 in
	--network | --mount) shift 2 ;;
	--pwd) cd "$2" && shift 2 ;;
	*) shift ;;
	esac
done
[ "$(cat "$1")" = image ] || { echo 'FATAL: no image' >&2; exit 255; }
shift
given=(PATH="$PATH")
while IFS='=' read -r -d '' name value; do
	[[ $name != APPTAINERENV_* ]] || given+=("${name#APPTAINERENV_}=$value")
done < <(env -0)
exec env -i "${given[@]}" "$@"
SH
export ENGINE=$temp XDG_CACHE_HOME=$temp/cache GIVEN='a "b"' NOT_GIVEN=x
pipeline <<'INI'
[stage:a]
container = tool:1
command =
    test "$GIVEN" = 'a "b"' && test -z "$NOT_GIVEN" && test "$OWN" = 'c d' && test -z "$NONE"
    echo $PWD | tee {{output.o}}
dir      = sub
env.OWN  = c d
pass_env = GIVEN, NONE
output.o = o.txt
[stage:file]
container = images/tool.sif
command   = echo > {{output.o}}
output.o  = o.txt
INI
mkdir sub images
echo image >images/tool.sif
run_ok
expect_file "$(stage_dir a)/o.txt" "$PWD/sub"
expect_manifest a '.container == {engine: "apptainer", image: "tool:1"}'
same "$(manifest a .tools.container)" "sha256:$(sha256sum "$temp"/cache/restage/images/*.sif | cut -d ' ' -f 1)"
same "$(grep -c '^pull' "$temp/calls")" 1
expect_manifest file '.inputs[] | select(.path == "images/tool.sif") | .label == "container"'
run_ok
ran
echo image >images/other.sif
sed -i 's,images/tool,images/other,' pipeline.ini
run_ok
ran file
touch images/other.sif
run_ok
ran
sed -i 's/tool:1/tool:2/' pipeline.ini
run_fails 1 run a
expect_err 'the image tool:2 cannot be had from apptainer: FATAL: no docker://tool:2'

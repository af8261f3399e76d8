# shellcheck shell=bash
# Two heads and a node beside one shared file system, in the machine of machine.sh.
fail() {
	echo "test: $*"
	exit 1
}
until_true() {
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "this never came true: $*"
		sleep 0.2
	done
}

# --- a Slurm of one node: nodeb
cat >/bin/sbatch <<'SH'
#!/bin/bash
for word; do
	case $word in
	--array=*) last=${word#--array=0-} ;;
	--job-name=*) name=${word#--job-name=} ;;
	--chdir=*) dir=${word#--chdir=} ;;
	--output=*) out=${word#--output=} ;;
	esac
done
script=$(cat)
id=$((100 + $(ls /tmp/queue | wc -l)))
for task in $(seq 0 "${last%\%*}"); do
	touch "/tmp/queue/$id.$task.$name"
	(
		export SLURM_ARRAY_JOB_ID=$id SLURM_ARRAY_TASK_ID=$task SLURM_JOB_ID=$id
		nsenter --net --uts --mount -t "$(cat /run/b)" sh -c "cd '$dir' && $script" >/dev/null 2>&1
		rm "/tmp/queue/$id.$task.$name"
		cat /proc/uptime >/tmp/ended
	) >/dev/null 2>&1 &
done
echo $id
SH
cat >/bin/squeue <<'SH'
#!/bin/bash
for file in /tmp/queue/*; do
	[ -e "$file" ] || continue
	IFS=. read -r id task name <<<"${file##*/}"
	echo "$id|$task|RUNNING|None|nodeb|0|$name"
done
SH
printf '#!/bin/sh\n' >/bin/scancel
chmod +x /bin/sbatch /bin/squeue /bin/scancel
mkdir /tmp/queue

# --- two heads: the second one knows who is there
mkdir -p /export/one
cat >/export/one/pipeline.ini <<'INI'
[pipeline]
executor = slurm
[stage:a]
command = sleep 40 && touch {{output.o}}
output.o = o
[stage:b]
command = touch {{output.o}}
after = a
output.o = o
INI
has_begun() {
	find /export/one/out -name .claim 2>/dev/null | grep -q .
}
on a sh -c 'cd /data/one && exec restage run' >/tmp/a.log 2>&1 &
first=$!
until_true has_begun
code=0
on b sh -c 'cd /data/one && exec restage run --no-wait' >/tmp/b.log 2>&1 || code=$?
[ $code = 3 ] || fail "the second head ended with $code: $(cat /tmp/b.log)"
grep -q nodea /tmp/b.log || fail "it does not say who is there: $(cat /tmp/b.log)"

# --- the first one is cut off: when its lease is over the second one takes its place, and the first one, back, ends.
# Then it writes nothing but its own log. is_cut_off DIR: of the head in it, which is process $first
made_in() {
	(cd "$1/out" && find . -type f ! -path '*/.restage/*' ! -path '*/logs/*' -exec md5sum {} +) | sort
}
is_cut_off() {
	cut_off a
	on b sh -c "cd /data/$1 && exec restage run" >/tmp/b.log 2>&1 || fail "the second head: $(cat /tmp/b.log)"
	[ -e "/export/$1/out/pipeline/02_b/o" ] || fail "the second head made nothing"
	made_in "/export/$1" >/tmp/before
	let_back a
	code=0
	wait "$first" || code=$?
	[ $code = 3 ] || fail "the head that was cut off ended with $code: $(cat /tmp/a.log)"
	made_in "/export/$1" >/tmp/after
	cmp /tmp/before /tmp/after || fail "it has written: $(diff /tmp/before /tmp/after) $(cat /tmp/a.log)"
	echo "test: the head that was cut off said: $(tail -n 1 /tmp/a.log)"
}
is_cut_off one

# --- the same where stages run beside their head
mkdir /export/three
sed '/^executor/d; /^.pipeline/d; s/sleep 40/sleep 20/' /export/one/pipeline.ini >/export/three/pipeline.ini
runs() {
	[ -e /export/three/out/pipeline/01_a/.work ]
}
on a sh -c 'cd /data/three && exec restage run' >/tmp/a.log 2>&1 &
first=$!
until_true runs
is_cut_off three

# --- a job on another node: its result is seen soon
mkdir /export/two
cat >/export/two/pipeline.ini <<'INI'
[stage:a]
command = sh -c 'sleep 3; hostname > {{output.o}}'
output.o = o
[stage:b]
command = cat {{input.i}} > {{output.o}} && sleep 3
input.i = {{a.o}}
output.o = o
[stage:c]
command = cat {{input.i}} > {{output.o}}
input.i = {{b.o}}
output.o = o
executor = local
INI
on a sh -c 'cd /data/two && exec restage run --executor slurm' >/tmp/a.log 2>&1 &
head=$!
is_published() {
	[ -e /export/two/out/pipeline/02_b/o ]
}
until_true is_published
now=$(cut -d ' ' -f 1 /proc/uptime | tr -d .)
wait $head || fail "$(cat /tmp/a.log)"
ended=$(cut -d " " -f 1 /tmp/ended | tr -d .)
echo "test: the result was seen after $((now - ended)) hundredths of a second"
[ $((now - ended)) -le 300 ] || fail "that is too long"
[ "$(cat /export/two/out/pipeline/03_c/o)" = nodeb ] || fail "it did not run on nodeb"
on b sh -c 'cd /data/two && exec restage run --executor slurm' >/tmp/b.log 2>&1
grep -q 'nothing to do' /tmp/b.log || fail "$(cat /tmp/b.log)"

#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo raw >raw
echo extra >extra
echo 1 >salt
pipeline <<'INI'
[stage:align]
command = cat {{input.raw}} salt > {{output.bam}}; cp {{input.raw}} {{output.log}}
track_command = no
input.raw = raw
output.bam = a.bam
output.bam.temporary = yes
output.log = log
[stage:sort]
command = mkdir -p {{output.dir}}; sort {{input.bam}} > {{output.dir}}/sorted
input.bam = {{align.bam}}
output.dir = {{root}}/sorted
output.dir.temporary = yes
[stage:call]
command = cat {{input.dir}}/sorted {{input.extra}} > {{output.vcf}}
input.dir = {{sort.dir}}
input.extra = extra
output.vcf = v
[stage:stat]
command = wc -c < {{input.dir}}/sorted > {{output.n}}; cat {{input.dir}}/sorted >> {{output.n}}
input.dir = {{sort.dir}}
output.n = n
[stage:deep]
command = cp {{input.n}} {{output.n}}
input.n = {{stat.n}}
output.n = n
[stage:logs]
command = cat {{input.log}} {{input.extra}} > {{output.o}}
input.log = {{align.log}}
input.extra = extra
output.o = o
INI
gone() {
	expect_no_file "$(stage_dir align)/a.bam"
	expect_no_file sorted
	# Nothing to do, whoever asks, with the index and without.
	for _ in 1 2; do
		run_ok run -n
		expect_out "^nothing to do"
		run_ok status -q
		run_ok verify
		run_ok
		ran
		rm -rf out/pipeline/.restage/index
	done
}
run_ok -j 3
ran align sort call stat deep logs
gone

# One that must run has what it reads made again, over two levels. What comes out the same is no
# change for others, not even for those that ran meanwhile.
echo more >>extra
run_ok run -n
expect_out "^run +align .*a.bam is made again for sort"
expect_out "^run +sort .*sorted is made again for call"
expect_out "^run +call .*input extra changed"
expect_out "^may +stat .*if sort comes out different"
run_ok status
expect_out "^align +out of date +output .*a.bam is made again for sort"
run_ok why align
expect_out "output .*a.bam is made again for sort"
run_ok -j 3
ran align sort call logs
expect_reasons align output_missing
expect_reasons logs input_changed
expect_file "$(stage_dir call)/v" $'1\nraw\nextra\nmore'
gone

# Another result is a change for every reader, also for what had been found up to date before.
echo 2 >salt
echo again >>extra
for jobs in 1 3; do
	run_ok -j $jobs
	ran align sort call stat deep logs
	expect_file "$(stage_dir deep)/n" "6"$'\n'"$(cat salt)"$'\nraw'
	expect_file "$(stage_dir call)/v" "$(cat salt)"$'\nraw\nextra\nmore\nagain'"$([ $jobs = 1 ] || printf '\nonce')"
	gone
	echo 3 >salt
	echo once >>extra
done
# What may run asks for it only if it comes to that.
cat >>pipeline.ini <<'INI'
[stage:may]
command = cat {{input.dir}}/sorted {{input.made}} > {{output.o}}
input.dir = {{sort.dir}}
input.made = {{head.o}}
output.o = o
[stage:head]
command = head -n 1 {{input.raw}} > {{output.o}}
input.raw = late
output.o = o
INI
echo one >late
run_ok
gone
echo two >>late
run_ok run -n
expect_out "^may +align .*made again for sort, if that runs"
expect_out "^may +sort .*made again for may, if that runs"
expect_out "^run +head "
run_ok
ran head
gone
echo three >late
run_ok
ran head may align sort
gone

# A failed reader keeps it; the stage that makes it may fail too.
sed -i 's/^command = cat {{input.dir}}\/sorted {{input.made}}/command = false; cat {{input.dir}}\/sorted {{input.made}}/' pipeline.ini
run_fails 1 -k
ran may align sort
expect_file sorted/sorted
expect_no_file "$(stage_dir align)/a.bam"
sed -i 's/^command = false; /command = /' pipeline.ini
run_ok
ran
gone
sed -i 's/^command = cat {{input.raw}} salt/command = cat {{input.raw}} salt none/' pipeline.ini
run_fails 1 -k
ran align
sed -i 's/ none / /' pipeline.ini
run_ok
ran
gone

# Without its maker a reader cannot run, and says what would help.
echo x >>extra
run_fails 1 run --only call
expect_err "input 'sorted' is temporary and was removed; it is made by stage 'sort', which is not part of this run: run it first"
run_fails 2 replay stat
expect_err "stage 'stat' reads 'sorted', which is temporary and gone: make it again with 'restage run sort'"
run_fails 2 replay --check stat
expect_err "restage run sort"
run_ok run sort
ran align sort
expect_reason sort output_missing sorted
expect_file sorted/sorted
run_ok replay stat
run_ok replay --check stat
expect_out "reproduced"
run_fails 2 replay --check sort
expect_err "restage run align"
run_ok
gone
run_ok replay --check align
expect_out "reproduced"

# To accept does not need it, and to say that it is temporary or not changes no identity.
echo y >>extra
run_ok accept call logs
gone
sed -i '/temporary/d' pipeline.ini
run_ok
ran align sort
expect_file sorted/sorted
sed -i 's/^output.dir = .*/&\noutput.dir.temporary = yes/' pipeline.ini
run_ok
ran
expect_no_file sorted
expect_file "$(stage_dir align)/a.bam"

# All that is gone is told, not only what the reader named.
pipeline <<'INI'
[stage:two]
command = cp {{input.i}} {{output.a}}; cp {{input.i}} {{output.b}}
input.i = in.txt
output.a = a
output.a.temporary = yes
output.b = b
output.b.temporary = yes
[stage:one]
command = cat {{input.a}} {{params.word}} > {{output.o}}
input.a = {{two.a}}
output.o = o
[stage:other]
command = cp {{input.b}} {{output.o}}
input.b = {{two.b}}
output.o = o
[params]
word = in.txt
INI
echo x >in.txt
echo y >word.txt
run_ok --job both
run_ok --job both -p word=word.txt run -n --json
same "$(jq -r '.stages[] | select(.name == "two") | .reasons[].about' "$out")" \
	"$(printf '%s\n' out/both/01_two/a out/both/01_two/b)"

#!/usr/bin/env bash
# Variant calling from a sheet with lanes and pairs: what is known is found, and exactly what depends on a change runs.
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}"
for tool in bwa samtools bcftools; do
	command -v $tool >/dev/null || fail "$tool is missing: tests/run.sh installs it"
done
cp -r "$SOURCE/pipelines" .
mkdir -p examples
cp -r "$SOURCE/examples/variants" examples/
data=examples/variants/data sheet=examples/variants/samples.csv
python3 examples/variants/make_data.py $data
run() { run_ok -f pipelines/variants.ini "$@"; }

run check
expect_no_err warning
run run -n
expect_out '^call: its instances are known when index has run$'
run run -j2
same "$(cat out/variants/*_score/P?/score.tsv)" "$(printf '%s\t%s\tfound %s\tmissed 0\twrong 0\n' \
	P1 germline 12 P1 somatic 8 P2 germline 12 P2 somatic 6)"
expect_no_file out/variants/02_align/P1N_L1/lane.bam # it is temporary
run run
ran
run status -q --ask

# A lane more or less is one sample's, and that patient's; what was made of the other lane is made again for it.
cp $sheet all.csv
sed -i '/P2T,L2/d' $sheet
run run
ran align/P2T_L1 merge/P2T call/P2,chr1 call/P2,chr2 split/P2 score/P2
cp all.csv $sheet
run run
ran align/P2T_L1 align/P2T_L2 merge/P2T call/P2,chr1 call/P2,chr2 split/P2 score/P2

# Of another column of the sheet, nothing.
sed -i '1s/$/,note/; 2,$s/$/,x/' $sheet
run run
ran

# A chromosome more is found while it runs, and called for each patient.
{ echo '>chr3' && head -n 40 $data/genome.fa | tail -n 20 | rev; } >genome.fa
cat genome.fa >>$data/genome.fa
run run -j2
run list
expect_out ' call/P2,chr3 '
same "$(cat out/variants/*_score/P?/score.tsv | cut -f 3-)" "$(printf 'found %s\tmissed 0\twrong 0\n' 12 8 12 6)"

# Every stage makes the same again, if not byte for byte; and those who read it have nothing to do then.
run_fails 2 -f pipelines/variants.ini replay --check merge/P1T
expect_err 'is temporary and gone'
run run 'align/P1T_*'
for stage in index align/P1T_L1 merge/P1T call/P1,chr1 split/P1 score/P2; do
	run replay --check $stage
	expect_out reproduced
done
run run -B --only merge/P1T call/P1,chr1 split/P1 index
run run
ran
run verify

# Killed in the middle, and run again: the same.
sum() {
	(cd out/variants && cat ./*_score/P?/score.tsv && for file in ./*_split/P?/*.vcf; do bcftools view -H "$file"; done &&
		for file in ./*_merge/*/sample.bam; do samtools view "$file"; done) | md5sum
}
before=$(sum)
rm -rf out
"$RESTAGE" -f pipelines/variants.ini run -j2 >/dev/null 2>&1 &
victim=$!
wait_until sh -c 'ls out/variants/*_merge/P1N/sample.bam'
kill -KILL $victim
wait $victim 2>/dev/null || true
run run
same "$(sum)" "$before"

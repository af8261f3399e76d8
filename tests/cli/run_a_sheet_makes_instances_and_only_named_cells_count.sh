#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Lanes, samples and patients of one sheet: what is added or changed there runs, and nothing else.
mkdir reads
for lane in A1 A2 B1 C1; do
	echo "$lane" >"reads/$lane.fq"
done
printf '\xef\xbb\xbfsample,lane,patient,status,fq,note\r\n' >units.csv
printf '%s\r\n' A,L1,P1,0,reads/A1.fq,x A,L2,P1,0,reads/A2.fq, B,L1,P1,1,reads/B1.fq,y >>units.csv
pipeline <<'INI'
[table:units]
file = units.csv
key = sample lane
[stage:align]
foreach.unit = {{tables.units}}
command = cat {{input.fq}} > {{output.bam}}
input.fq = {{each.unit.fq}}
output.bam = {{each.unit.sample}}.bam
[stage:merge]
foreach.sample = {{tables.units.sample}}
command = cat {{input.bam}} > {{output.bam}}
input.bam = {{align.bam}}
output.bam = merged.bam
[stage:pair]
foreach.patient = {{tables.units.patient}}
command = cat {{input.normal}} {{input.tumour}} > {{output.vcf}}
input.normal = {{merge[patient={{each.patient}}, status=0].bam}}
input.tumour = {{merge[patient={{each.patient}}, status=1].bam}}
input.tumour.optional = yes
output.vcf = o.vcf
INI
run_ok
ran align/A_L1 align/A_L2 align/B_L1 merge/A merge/B pair/P1
expect_file out/pipeline/03_pair/P1/o.vcf 'A1
A2
B1'
run_ok
ran

# a cell that nobody names, the order of rows and columns
awk -F, -v OFS=, '{ sub(/\r/, "", $6); print ($6 == "note" ? $6 : "changed"), $5, $4, $3, $2, $1 }' units.csv |
	tr -d '\357\273\277' >new.csv
{ head -n 1 new.csv; tail -n +2 new.csv; } >units.csv
run_ok
ran

# a lane, then a sample of another patient
echo 'n,reads/C1.fq,1,P1,L2,B' >>units.csv
run_ok
ran align/B_L2 merge/B pair/P1
echo 'n,reads/C1.fq,0,P2,L1,C' >>units.csv
run_ok
ran align/C_L1 merge/C pair/P2
run_ok verify
same "$(manifest align/C_L1 .status)" success

# all mistakes, with their lines in the sheet
printf '%s\n' 'n,reads/C1.fq,0,P2,L1,C' 'n,short' 'n,x,0,P2,,C' >>units.csv
run_fails 2 check
expect_err '^units.csv:7: its key is that of line 6'
expect_err '^units.csv:8: the row has 2 cells, and there are 6 columns'
expect_err "^units.csv:9: the cell of column 'lane' is empty"

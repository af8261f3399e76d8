#!/usr/bin/env bash
# Two real pipelines, on this machine and on the cluster.
. "$(dirname "$0")/lib.sh"

: "${BUILD:?}"
cp -R "$SOURCE"/{pipelines,examples,include} .
mkdir -p src/stageio build/release/lib
cp "$SOURCE"/src/stageio/*.py src/stageio
cp "$BUILD/stageio" build/release
cp "$BUILD/lib/libstageio.a" build/release/lib
# what it would build is there
mkdir "$temp/bin"
printf '#!/bin/sh\n' >"$temp/bin/cmake"
chmod +x "$temp/bin/cmake"
PATH=$temp/bin:$PATH examples/subtitles/setup.sh >"$out"
python3 examples/variants/make_data.py examples/variants/data

# Programs tell when and where they ran and how long, so that some of their files differ; several of a pipe log at once, and
# what one reports may fall between a line and its end.
of_time='\.work/\|CMD: \|^##\|segment\.c\|stageio\.h\|\[INFO\] *$\|xRT$\|CPU sec\|Real time: \|seconds$\|seconds elapse\|[0-9] sec$\|Date=\|"checksum"\|"size_bytes"'
print_output() {
	case $1 in
	*.bam) samtools view "$1" ;;
	*.bai) ;; # has offsets into it
	*) cat "$1" ;;
	esac
}
for name in subtitles variants; do
	run_ok -f pipelines/$name.ini run
	mv out/$name $name.local
	run_ok -f pipelines/$name.ini run --executor slurm
	same_but_times $name.local out/$name "$of_time"
	run_ok -f pipelines/$name.ini run
	expect_err '^nothing to do'
	run_ok -f pipelines/$name.ini verify
done

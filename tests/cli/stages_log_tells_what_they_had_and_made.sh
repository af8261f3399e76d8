#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
export PATH=$BUILD:$PATH

# A stage's log begins with the command, the config and the inputs, and ends with what was made, what it
# took, and where things are.
pipeline <<'INI'
[params]
many = in/*.txt
[stage:demux]
command = sh -c 'echo at work; stageio log INFO "writing $STAGEIO_OUTPUT_DIR/audio.wav"; cat {{input.media}} > {{output.audio}}'
config.rate = 16000
config.notes = {{params.notes}}
input.media = in.mp4
input.media.type = video
output.audio = audio.wav
output.audio.type = audio
[stage:count]
command = cat {{input.f}} | wc -c > {{output.n}}
input.f = {{params.many}}
output.n = {{root}}/results/n.txt
output.n.type = metadata
[stage:bad]
command = sh -c 'exit 4'
INI
sed -i "s/^many = .*/&\nnotes = $(printf '%0900d' 0)/" pipeline.ini
head -c 52428800 /dev/zero >in.mp4
mkdir in
seq 1000 | while read -r i; do echo "$i" >"in/$i.txt"; done
run_fails 1 -k

message() { # STAGE: its log without what differs
	log_of "$1" | sed -E 's/^\[[^]]*\] \[[^]]*\] //'
}
message demux | head -n 5 >got
same "$(sed -n '1p;2p;4,5p' got)" "[DEBUG] Command: sh -c 'echo at work; stageio log INFO \"writing \$STAGEIO_OUTPUT_DIR/audio.wav\"; cat in.mp4 > out/pipeline/01_demux/audio.wav'
[INFO] Config rate: 16000
[INFO] Input media: in.mp4 (video, 50.0 MB)
[INFO] Output directory: out/pipeline/01_demux"
same "$(sed -n 3p got | tail -c 24)" '00 … (400 bytes more)'
message demux | found -xF "[INFO] writing $PWD/out/pipeline/01_demux/audio.wav"
message demux | tail -n 5 >got
same "$(sed 2d got)" '[INFO] Output audio: out/pipeline/01_demux/audio.wav (audio, 50.0 MB)
[INFO] Stage completed
[INFO] Stage log: 01_demux/stage.log
[INFO] Stage manifest: 01_demux/manifest.json'
sed -n 2p got | found -E '^\[INFO\] Resources: [0-9.]+s, CPU time [0-9.]+s \([0-9]+%\), peak memory [0-9.]+ MB, read [0-9.]+ MB, written [0-9.]+ MB$'

# of many inputs a few are listed, and how large the others are
same "$(message count | grep -c 'Input f: ')" 20
message count | found -xE '\[INFO\] ... and 980 more inputs, 3.7 KB in all'
message count | found -xF '[INFO] Output n: results/n.txt (metadata, 5 B)'
message bad | tail -n 4 | found -xF '[ERROR] exit code 4'
message bad | tail -n 1 | found -xF '[INFO] Stage manifest: 03_bad/manifest.json'

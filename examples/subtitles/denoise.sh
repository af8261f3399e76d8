#!/bin/sh
# denoise.sh: take steady noise out of speech and set its level
#
#   denoise.sh HIGHPASS REDUCTION FLOOR PEAK INPUT FILTERED OUTPUT
#
# HIGHPASS cuts what lies below the voice (Hz), REDUCTION is how much of the
# noise at or below FLOOR goes (dB, dB); the result peaks at PEAK (dB).
# FILTERED holds the sound between the two passes: the level can only be set
# once the loudest sample is known, and filtering twice costs more than a file.
set -eu

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# report ARGUMENT...: tells the runner something, if there is one and the
# program stageio to tell it with ($STAGEIO, or the one on the PATH). The sound
# is what counts: a report that fails says so in the log and no more.
stageio=$(command -v "${STAGEIO:-stageio}") || stageio=
report() {
  if [ -n "$stageio" ] && [ -n "${STAGEIO_EVENTS-}" ]; then
    "$stageio" "$@" || :
  fi
}

[ $# -eq 7 ] ||
  die 'usage: denoise.sh HIGHPASS REDUCTION FLOOR PEAK INPUT FILTERED OUTPUT'
highpass=$1 reduction=$2 floor=$3 peak=$4 input=$5 filtered=$6 output=$7

for number in "$highpass" "$reduction" "$floor" "$peak"; do
  case $number in
    '' | - | *[!0-9.-]* | ?*-*) die "'$number' is not a number; give Hz and dB, such as 80 6 -50 -3" ;;
  esac
done
command -v ffmpeg >/dev/null ||
  die 'ffmpeg is not installed; run examples/subtitles/setup.sh'
[ -r "$input" ] || die "cannot read $input; run the stage that makes it first"

report progress 0 'filtering'
ffmpeg -nostdin -hide_banner -loglevel error -y -i "$input" \
  -af "highpass=f=$highpass,afftdn=nr=$reduction:nf=$floor" \
  -c:a pcm_f32le -f wav -fflags +bitexact -flags:a +bitexact "$filtered"

report progress 0.6 'measuring'
# volumedetect only speaks on the log, where its line reads
# "[Parsed_volumedetect_0 @ 0x...] max_volume: -8.1 dB".
measured=$(ffmpeg -nostdin -hide_banner -loglevel info -nostats -i "$filtered" \
  -af volumedetect -f null - 2>&1) || die "ffmpeg could not measure $filtered: $measured"
loudest=$(printf '%s\n' "$measured" | sed -n 's/.*max_volume: \(.*\) dB$/\1/p')
[ -n "$loudest" ] ||
  die "no sound in $input; check that the video has an audio track that is not empty"

gain=$(awk -v peak="$peak" -v loudest="$loudest" 'BEGIN { printf "%.1f", peak - loudest }')
# What peaks this low is hiss; amplifying it would make words out of nothing.
[ "$(awk -v gain="$gain" 'BEGIN { print (gain > 60) }')" -eq 0 ] ||
  die "$input is silent (its loudest sample is at $loudest dB); check the audio track of the video"

ffmpeg -nostdin -hide_banner -loglevel error -y -i "$filtered" \
  -af "volume=${gain}dB" \
  -c:a pcm_s16le -f wav -fflags +bitexact -flags:a +bitexact "$output"
message="Loudest sample at $loudest dB, gain $gain dB"
if [ -n "$stageio" ] && [ -n "${STAGEIO_EVENTS-}" ]; then
  report log INFO "$message"
else
  printf '%s\n' "$message"
fi
report output "$output" --type audio gain_db="$gain" peak_db="$peak"
report finalize success loudest_db="$loudest"

#!/usr/bin/env python3
"""Turn the silences that FFmpeg found in a recording into segments of speech.

    segment.py AUDIO SILENCES OUTPUT [--pad S] [--min-speech S]

SILENCES is what "silencedetect,ametadata=mode=print:file=-" prints. Detection
stays with FFmpeg and judgement here, so either can be replaced on its own.
"""

import argparse
import json
import re
import sys
import wave

KEY = re.compile(r"^lavfi\.silence_(start|end)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*$")


class Problem(Exception):
    """What went wrong and what to do about it, for the user to read."""


def parse_silences(lines, duration):
    """Return the silences as (start, end) pairs, in order, inside the recording."""
    silences = []
    start = None
    for number, line in enumerate(lines, 1):
        match = KEY.match(line)
        if not match:
            continue
        time = min(max(float(match[2]), 0.0), duration)
        if match[1] == "start":
            if start is not None:
                raise Problem(
                    f"line {number}: a silence starts inside a silence; "
                    "detect the silences of one audio track only"
                )
            start = time
        else:
            if start is None:
                raise Problem(
                    f"line {number}: a silence ends that never started; "
                    "detect the silences again, the list is not whole"
                )
            silences.append((start, time))
            start = None
    # The end of the recording ends a silence too, but FFmpeg has no frame left
    # to say so on.
    if start is not None:
        silences.append((start, duration))
    return silences


def speech_between(silences, duration, pad, min_speech):
    """Return the (start, end) pairs of what is not silence.

    Clicks shorter than min_speech are no speech. The rest grows by pad into
    the silence around it, as the first and last sounds of a word are often
    below the threshold; two that would meet share the silence between them.
    """
    bounds = [0.0]
    for start, end in silences:
        bounds += [start, end]
    bounds.append(duration)
    found = [
        (bounds[i], bounds[i + 1])
        for i in range(0, len(bounds), 2)
        if bounds[i + 1] - bounds[i] >= min_speech
    ]
    speech = []
    for i, (start, end) in enumerate(found):
        before = (start - found[i - 1][1]) / 2 if i > 0 else start
        after = (found[i + 1][0] - end) / 2 if i + 1 < len(found) else duration - end
        speech.append((start - min(pad, before), end + min(pad, after)))
    return speech


def audio_duration(path):
    try:
        with wave.open(path, "rb") as audio:
            return audio.getnframes() / audio.getframerate()
    except (wave.Error, EOFError) as error:
        raise Problem(f"{path}: {error}; give a WAV file with PCM samples") from error


def run(options):
    duration = audio_duration(options.audio)
    with open(options.silences, encoding="utf-8") as lines:
        try:
            silences = parse_silences(lines, duration)
        except Problem as problem:
            raise Problem(f"{options.silences}: {problem}") from problem
    speech = speech_between(silences, duration, options.pad, options.min_speech)
    if not speech:
        raise Problem(
            f"{options.audio} is silent from start to end; "
            "lower the silence threshold or check the recording"
        )
    with open(options.output, "w", encoding="utf-8") as output:
        json.dump(
            {
                "duration": round(duration, 3),
                "speech": [{"start": round(s, 3), "end": round(e, 3)} for s, e in speech],
                "silences": [{"start": round(s, 3), "end": round(e, 3)} for s, e in silences],
            },
            output,
            indent=2,
        )
        output.write("\n")
    spoken = sum(end - start for start, end in speech)
    print(f"{len(speech)} segments, {spoken:.1f} s of speech in {duration:.1f} s")


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("audio", help="the recording (WAV)")
    parser.add_argument("silences", help="what silencedetect found in it")
    parser.add_argument("output", help="the segments (JSON)")
    parser.add_argument("--pad", type=float, default=0.1, metavar="S")
    parser.add_argument("--min-speech", type=float, default=0.15, metavar="S")
    return parser.parse_args(arguments)


def main(arguments=None):
    try:
        run(parse_options(arguments))
    except OSError as error:
        print(
            f"error: {error.filename}: {error.strerror}; check the path, "
            "or run the stage that makes the file",
            file=sys.stderr,
        )
        return 1
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

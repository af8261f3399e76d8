#!/usr/bin/env python3
"""Make subtitles of recognised speech: SubRip (SRT) and WebVTT.

    subtitles.py SEGMENTS SRT VTT [--line-length N] [--lines N] [--pause S]
                 [--min-duration S] [--max-duration S]

No cue spans a pause, has more lines or longer ones than allowed, or overlaps
the next one. All times are whole milliseconds, as both formats have them.
"""

import argparse
import json
import sys

import report

# How long a cue should be seen: a reader takes in some 17 characters a second.
MS_PER_CHARACTER = 60
# A cue stays a moment after the last word, and leaves a gap (two pictures at
# 25 a second) before the next, so that the change is seen.
LINGER = 300
GAP = 80


class Problem(Exception):
    """What went wrong and what to do about it, for the user to read."""


def wrap(words, length, lines):
    """Return the words as lines of even length, or None when they do not fit.

    A word longer than a line gets a line of its own: nothing is left out.
    """
    text = " ".join(words)
    if len(text) <= length or len(words) == 1:
        return [text]
    if lines == 1:
        return None
    best = None
    for i in range(1, len(words)):
        head = " ".join(words[:i])
        if len(head) > length and i > 1:
            break
        tail = wrap(words[i:], length, lines - 1)
        if tail is None:
            continue
        # Few lines first; then even ones; then the longer one below, which
        # hides less of the picture.
        rank = (len(tail), max(len(line) for line in [head, *tail]), len(head))
        if best is None or rank < best[0]:
            best = (rank, [head, *tail])
    return best[1] if best else None


def stretches(words, pause):
    """Split a list of words at the pauses between them."""
    found = []
    for word in words:
        if not found or word["start"] - found[-1][-1]["end"] >= pause:
            found.append([])
        found[-1].append(word)
    return found


def break_stretch(words, length, lines, max_duration):
    """Split a stretch of words without a pause into the words of its cues.

    The split with the least cost: few cues, of even length, parted where the
    speaker is slowest to go on.
    """
    texts = [word["word"] for word in words]
    best = [(0.0, 0)] + [None] * len(words)
    for end in range(1, len(words) + 1):
        for start in range(end - 1, -1, -1):
            wrapped = wrap(texts[start:end], length, lines)
            duration = words[end - 1]["end"] - words[start]["start"]
            # One word makes a cue however long it is, so a way always exists.
            if end - start > 1 and (wrapped is None or duration > max_duration):
                break
            room = 1 - min(1, len(" ".join(texts[start:end])) / (length * lines))
            cost = best[start][0] + 1 + room * room
            if end < len(words):
                gap = words[end]["start"] - words[end - 1]["end"]
                cost -= min(gap, 0.5)
            if best[end] is None or cost < best[end][0]:
                best[end] = (cost, start)
    cues = []
    end = len(words)
    while end > 0:
        start = best[end][1]
        cues.append(words[start:end])
        end = start
    return cues[::-1]


def spell(texts):
    """Return the words as they are written: recognisers know no capitals."""
    return ["I" + text[1:] if text == "i" or text.startswith("i'") else text for text in texts]


def capitalise(texts):
    return [texts[0][:1].upper() + texts[0][1:], *texts[1:]]


def set_times(cues, duration, min_duration):
    """Set "end" of each cue so that it can be read and none overlap.

    "start" and "end" are those of the speech. Times that a recogniser rounded
    may touch or cross: then the earlier cue gives way.
    """
    for i, cue in enumerate(cues):
        limit = cues[i + 1]["start"] - GAP if i + 1 < len(cues) else duration
        needed = max(min_duration, MS_PER_CHARACTER * sum(len(line) for line in cue["lines"]))
        cue["end"] = max(cue["end"] + LINGER, cue["start"] + needed)
        # The last millisecond keeps a cue from vanishing where speech is so
        # dense that there is no room for the gap.
        cue["end"] = max(min(cue["end"], limit), cue["start"] + 1)


def make_cues(document, length=42, lines=2, pause=0.5, min_duration=1.0, max_duration=6.0):
    """Return the cues of recognised speech: start and end in ms, and lines."""
    cues = []
    for segment in document["segments"]:
        first = True
        for stretch in stretches(segment["words"], pause):
            for words in break_stretch(stretch, length, lines, max_duration):
                texts = spell([word["word"] for word in words])
                if first:
                    texts = capitalise(texts)
                    first = False
                cues.append(
                    {
                        "start": round(words[0]["start"] * 1000),
                        "end": round(words[-1]["end"] * 1000),
                        # Capitals change no length, so this fits as before.
                        "lines": wrap(texts, length, lines),
                    }
                )
    cues.sort(key=lambda cue: cue["start"])
    set_times(cues, round(document["duration"] * 1000), round(min_duration * 1000))
    return cues


def clock(ms, point):
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{ms:03}"


def srt(cues):
    return "\n".join(
        f"{number}\n{clock(cue['start'], ',')} --> {clock(cue['end'], ',')}\n"
        + "".join(line + "\n" for line in cue["lines"])
        for number, cue in enumerate(cues, 1)
    )


def vtt(cues):
    def escape(line):
        return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    return "WEBVTT\n" + "".join(
        f"\n{clock(cue['start'], '.')} --> {clock(cue['end'], '.')}\n"
        + "".join(escape(line) + "\n" for line in cue["lines"])
        for cue in cues
    )


def run(options, stage_io):
    try:
        with open(options.segments, encoding="utf-8") as file:
            document = json.load(file)
        cues = make_cues(
            document,
            options.line_length,
            options.lines,
            options.pause,
            options.min_duration,
            options.max_duration,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"{options.segments} holds no recognised segments ({error!r}); make it with asr.py"
        ) from error
    if not cues:
        raise Problem(f"{options.segments} holds no words; check what asr.py recognised")
    with open(options.srt, "w", encoding="utf-8") as output:
        output.write(srt(cues))
    with open(options.vtt, "w", encoding="utf-8") as output:
        output.write(vtt(cues))
    shortest = min(cue["end"] - cue["start"] for cue in cues) / 1000
    longest = max(cue["end"] - cue["start"] for cue in cues) / 1000
    for path in (options.srt, options.vtt):
        stage_io.track_output(path, "subtitle", cues=len(cues))
    stage_io.get_stage_logger().info(
        f"{len(cues)} cues, shown for {shortest:.1f} to {longest:.1f} s"
    )
    stage_io.finalize(status="success")


def positive(kind):
    def convert(text):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    return convert


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("segments", help="the recognised segments (JSON, of asr.py)")
    parser.add_argument("srt", help="the subtitles (SubRip)")
    parser.add_argument("vtt", help="the subtitles (WebVTT)")
    parser.add_argument("--line-length", type=positive(int), default=42, metavar="N")
    parser.add_argument("--lines", type=positive(int), default=2, metavar="N")
    parser.add_argument("--pause", type=positive(float), default=0.5, metavar="S")
    parser.add_argument("--min-duration", type=positive(float), default=1.0, metavar="S")
    parser.add_argument("--max-duration", type=positive(float), default=6.0, metavar="S")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_options(arguments)
    stage_io = report.begin()
    try:
        run(options, stage_io)
    except (OSError, Problem) as error:
        report.complain(stage_io, error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

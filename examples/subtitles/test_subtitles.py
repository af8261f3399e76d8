import random
import unittest

import subtitles


def spoken(text, start=0.0, each=0.3, gap=0.05):
    words = []
    for word in text.split():
        words.append({"word": word, "start": start, "end": start + each})
        start += each + gap
    return words


def document(*segments, duration=100.0):
    return {"duration": duration, "segments": [{"words": words} for words in segments]}


class Wrap(unittest.TestCase):
    def test_short_text_is_one_line(self):
        self.assertEqual(subtitles.wrap(["ten", "of", "clubs"], 42, 2), ["ten of clubs"])

    def test_lines_are_even_and_the_longer_one_is_below(self):
        self.assertEqual(
            subtitles.wrap("aaaa bbbb cccc dddd eeee".split(), 14, 2),
            ["aaaa bbbb", "cccc dddd eeee"],
        )

    def test_what_does_not_fit_is_none(self):
        self.assertIsNone(subtitles.wrap("aaaa bbbb cccc".split(), 4, 2))
        self.assertIsNone(subtitles.wrap("aaaa bbbb".split(), 4, 1))

    def test_long_word_is_left_whole(self):
        self.assertEqual(subtitles.wrap(["a" * 50], 42, 2), ["a" * 50])


class Cues(unittest.TestCase):
    def test_cue_ends_at_a_pause(self):
        words = spoken("one two") + spoken("three four", start=2.0)
        cues = subtitles.make_cues(document(words))
        self.assertEqual([cue["lines"] for cue in cues], [["One two"], ["three four"]])

    def test_cue_is_not_longer_than_allowed(self):
        words = spoken("a b c d e f g h", each=1.0, gap=0.1)
        for cue in subtitles.make_cues(document(words), max_duration=3.0):
            self.assertLessEqual(len(cue["lines"][0].split()), 2)

    def test_break_is_where_the_speaker_hesitates(self):
        words = spoken("aaaa bbbb cccc", gap=0.01)
        words += spoken("dddd eeee ffff", start=words[-1]["end"] + 0.4, gap=0.01)
        cues = subtitles.make_cues(document(words), length=12, lines=2)
        self.assertEqual(cues[1]["lines"], ["dddd", "eeee ffff"])

    def test_short_cue_stays_to_be_read_but_not_into_the_next(self):
        cues = subtitles.make_cues(
            document(spoken("yes", start=1.0), spoken("no", start=1.9), duration=2.5)
        )
        self.assertEqual((cues[0]["start"], cues[0]["end"]), (1000, 1900 - subtitles.GAP))
        self.assertEqual((cues[1]["start"], cues[1]["end"]), (1900, 2500))

    def test_sentence_and_i_are_capital(self):
        cues = subtitles.make_cues(document(spoken("well i'm sure i am")))
        self.assertEqual(cues[0]["lines"], ["Well I'm sure I am"])

    def test_any_speech_keeps_the_rules(self):
        chance = random.Random(8)
        for _ in range(60):
            start, segments = 0.0, []
            for _ in range(chance.randint(1, 4)):
                words = []
                for _ in range(chance.randint(1, 40)):
                    end = start + chance.uniform(0.05, 0.9)
                    text = "x" * chance.randint(1, 14)
                    words.append({"word": text, "start": round(start, 2), "end": round(end, 2)})
                    start = end + chance.choice([0.0, 0.01, 0.1, 0.9])
                segments.append(words)
            made = document(*segments, duration=start + 1)
            cues = subtitles.make_cues(made, length=32)
            said = [word["word"] for words in segments for word in words]
            shown = [word for cue in cues for line in cue["lines"] for word in line.split()]
            self.assertEqual([word.lower() for word in shown], said)
            for cue in cues:
                self.assertLessEqual(len(cue["lines"]), 2)
                self.assertLessEqual(max(map(len, cue["lines"])), 32)
                self.assertLess(cue["start"], cue["end"])
            for cue, following in zip(cues, cues[1:]):
                self.assertLessEqual(cue["end"], following["start"])


class Formats(unittest.TestCase):
    CUES = [
        {"start": 1750, "end": 5460, "lines": ["Tea & cake", "for <two>"]},
        {"start": 3723004, "end": 3724000, "lines": ["Yes"]},
    ]

    def test_srt(self):
        self.assertEqual(
            subtitles.srt(self.CUES),
            "1\n00:00:01,750 --> 00:00:05,460\nTea & cake\nfor <two>\n\n"
            "2\n01:02:03,004 --> 01:02:04,000\nYes\n",
        )

    def test_vtt(self):
        self.assertEqual(
            subtitles.vtt(self.CUES),
            "WEBVTT\n\n00:00:01.750 --> 00:00:05.460\nTea &amp; cake\nfor &lt;two&gt;\n\n"
            "01:02:03.004 --> 01:02:04.000\nYes\n",
        )


if __name__ == "__main__":
    unittest.main()

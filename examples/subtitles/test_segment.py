import unittest

import segment

PRINTED = """\
frame:2    pts:4096    pts_time:0.256
lavfi.silence_start=0
frame:12   pts:24576   pts_time:1.536
lavfi.silence_end=1.5
lavfi.silence_duration=1.5
frame:67   pts:137216  pts_time:8.576
lavfi.silence_start=8.25
frame:78   pts:159744  pts_time:9.984
lavfi.silence_end=9.5
lavfi.silence_duration=1.25
frame:90   pts:184320  pts_time:11.52
lavfi.silence_start=11.0
""".splitlines(keepends=True)


class ParseSilences(unittest.TestCase):
    def test_silence_lasts_to_the_end_when_nothing_ends_it(self):
        self.assertEqual(
            segment.parse_silences(PRINTED, 12.0), [(0.0, 1.5), (8.25, 9.5), (11.0, 12.0)]
        )

    def test_times_are_kept_inside_the_recording(self):
        lines = ["lavfi.silence_start=-0.01\n", "lavfi.silence_end=2.1\n"]
        self.assertEqual(segment.parse_silences(lines, 2.0), [(0.0, 2.0)])

    def test_nothing_printed_is_no_silence(self):
        self.assertEqual(segment.parse_silences([], 3.0), [])

    def test_torn_lists_are_refused(self):
        for lines in (["lavfi.silence_end=1\n"], ["lavfi.silence_start=1\n"] * 2):
            with self.subTest(lines), self.assertRaises(segment.Problem):
                segment.parse_silences(lines, 3.0)


class SpeechBetween(unittest.TestCase):
    def test_speech_grows_into_the_silence(self):
        self.assertEqual(
            segment.speech_between([(0.0, 1.0), (3.0, 4.0), (6.0, 8.0)], 8.0, 0.25, 0.1),
            [(0.75, 3.25), (3.75, 6.25)],
        )

    def test_neighbours_share_a_short_silence(self):
        self.assertEqual(
            segment.speech_between([(2.0, 2.5)], 4.0, 1.0, 0.1), [(0.0, 2.25), (2.25, 4.0)]
        )

    def test_clicks_are_no_speech(self):
        self.assertEqual(
            segment.speech_between([(0.0, 1.0), (1.05, 2.0)], 4.0, 0.0, 0.15), [(2.0, 4.0)]
        )

    def test_no_silence_is_all_speech(self):
        self.assertEqual(segment.speech_between([], 4.0, 0.1, 0.15), [(0.0, 4.0)])

    def test_all_silence_is_no_speech(self):
        self.assertEqual(segment.speech_between([(0.0, 4.0)], 4.0, 0.1, 0.15), [])


if __name__ == "__main__":
    unittest.main()

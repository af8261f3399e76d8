import copy
import unittest

import mux

METADATA = {
    "streams": [
        {"codec_type": "video", "codec_name": "h264"},
        {"codec_type": "audio", "codec_name": "aac"},
    ],
    "format": {"duration": "32.56"},
}
TRACK = {
    "codec_type": "subtitle",
    "codec_name": "mov_text",
    "tags": {"language": "eng"},
    "disposition": {"default": 1},
}


class ParseSrt(unittest.TestCase):
    def test_cues(self):
        text = "1\r\n00:00:01,750 --> 00:00:05,460\r\nOne\r\ntwo\r\n\r\n2\n01:00:00,000 --> 01:00:01,000\nThree\n"
        self.assertEqual(
            mux.parse_srt(text), [(1750, 5460, "One\ntwo"), (3600000, 3601000, "Three")]
        )

    def test_nothing(self):
        self.assertEqual(mux.parse_srt(""), [])


class SameCues(unittest.TestCase):
    def test_a_millisecond_is_no_difference(self):
        self.assertIsNone(mux.same_cues([(10, 20, "a")], [(11, 19, "a")]))

    def test_differences_are_named(self):
        wanted = [(10, 20, "a"), (30, 40, "b")]
        self.assertIn("1 cues", mux.same_cues(wanted, wanted[:1]))
        self.assertIn("cue 2", mux.same_cues(wanted, [wanted[0], (30, 40, "c")]))
        self.assertIn("cue 1", mux.same_cues(wanted, [(10, 25, "a"), wanted[1]]))


class Check(unittest.TestCase):
    def setUp(self):
        self.result = copy.deepcopy(METADATA)
        self.result["streams"].append(copy.deepcopy(TRACK))

    def check(self):
        return mux.check(METADATA, self.result, "eng")

    def test_right_result(self):
        self.assertIsNone(self.check())

    def test_lost_sound(self):
        del self.result["streams"][1]
        self.assertIn("tracks", self.check())

    def test_no_subtitles(self):
        del self.result["streams"][2]
        self.assertIn("subtitle", self.check())

    def test_other_language(self):
        self.result["streams"][2]["tags"] = {}
        self.assertIn("language", self.check())

    def test_not_shown_by_default(self):
        self.result["streams"][2]["disposition"]["default"] = 0
        self.assertIn("default", self.check())

    def test_other_length(self):
        self.result["format"]["duration"] = "20.0"
        self.assertIn("lasts", self.check())


if __name__ == "__main__":
    unittest.main()

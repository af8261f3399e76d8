"""Tests of the program `segment`: of the one that $SEGMENT names, else one that is compiled here."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

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
"""


def printed(*silences):
    return "".join(f"lavfi.silence_start={s}\nlavfi.silence_end={e}\n" for s, e in silences)


class Segment(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        cls.program = os.environ.get("SEGMENT")
        if cls.program:
            return
        libraries = sorted(glob.glob(os.path.join(ROOT, "build", "*", "lib", "libstageio.a")))
        if not libraries or not shutil.which("cc"):
            raise unittest.SkipTest("no SEGMENT, and no libstageio.a and cc to compile it")
        cls.program = os.path.join(cls.place.name, "segment")
        command = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(ROOT, "include")]
        command += ["-o", cls.program, os.path.join(HERE, "segment.c"), libraries[0]]
        subprocess.run(command + ["-lcjson", "-lxxhash", "-lpthread", "-lm"], check=True)

    def call(self, text, duration, *numbers):
        """Return (exit code, what was said, (speech, silences))."""
        audio, silences, output = (
            os.path.join(self.place.name, name) for name in ("audio.wav", "silences.txt", "out.json")
        )
        with wave.open(audio, "wb") as file:
            file.setparams((1, 2, 100, 0, "NONE", None))
            file.writeframes(bytes(round(duration * 100) * 2))
        with open(silences, "w", encoding="utf-8") as file:
            file.write(text)
        if os.path.exists(output):
            os.remove(output)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("STAGEIO")}
        done = subprocess.run(
            [self.program, audio, silences, output, *map(str, numbers)],
            capture_output=True,
            encoding="utf-8",
            env=environment,
            check=False,
        )
        found = None
        if done.returncode == 0:
            with open(output, encoding="utf-8") as file:
                document = json.load(file)
            found = [
                [(span["start"], span["end"]) for span in document[name]]
                for name in ("speech", "silences")
            ]
        return done.returncode, done.stdout + done.stderr, found

    def test_silence_lasts_to_the_end_when_nothing_ends_it(self):
        _, _, found = self.call(PRINTED, 12.0)
        self.assertEqual(found[1], [(0.0, 1.5), (8.25, 9.5), (11.0, 12.0)])

    def test_times_are_kept_inside_the_recording(self):
        _, _, found = self.call(printed((-0.01, 0.5), (1.5, 2.1)), 2.0)
        self.assertEqual(found[1], [(0.0, 0.5), (1.5, 2.0)])

    def test_torn_lists_are_refused(self):
        for text in ("lavfi.silence_end=1\n", "lavfi.silence_start=1\n" * 2, "lavfi.silence_start=\n"):
            with self.subTest(text):
                code, said, _ = self.call(text, 3.0)
                self.assertEqual(code, 1)
                self.assertRegex(said, "^error: .*silences.txt: line [12]: ")

    def test_speech_grows_into_the_silence(self):
        _, _, found = self.call(printed((0, 1), (3, 4), (6, 8)), 8.0, 0.25, 0.1)
        self.assertEqual(found[0], [(0.75, 3.25), (3.75, 6.25)])

    def test_neighbours_share_a_short_silence(self):
        _, _, found = self.call(printed((2, 2.5)), 4.0, 1, 0.1)
        self.assertEqual(found[0], [(0.0, 2.25), (2.25, 4.0)])

    def test_clicks_are_no_speech(self):
        _, _, found = self.call(printed((0, 1), (1.05, 2)), 4.0, 0, 0.15)
        self.assertEqual(found[0], [(2.0, 4.0)])

    def test_no_silence_is_all_speech(self):
        self.assertEqual(self.call("", 4.0)[2], [[(0.0, 4.0)], []])

    def test_all_silence_is_an_error(self):
        code, said, _ = self.call(printed((0, 4)), 4.0)
        self.assertEqual(code, 1)
        self.assertIn("silent from start to end", said)

    def test_numbers_that_are_none_are_refused(self):
        for text in ("x", "-1", "nan", "1s"):
            with self.subTest(text):
                self.assertEqual(self.call("", 1.0, text)[0], 1)


if __name__ == "__main__":
    unittest.main()

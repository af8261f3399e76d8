import os
import stat
import tempfile
import unittest
import wave

import asr


class ParseWord(unittest.TestCase):
    def test_word_with_times_and_confidence(self):
        self.assertEqual(
            asr.parse_word("leisure(2) 2.260 2.710 0.454575\n"),
            {"word": "leisure", "start": 2.26, "end": 2.71, "confidence": 0.4546},
        )

    def test_confidence_is_between_0_and_1(self):
        self.assertEqual(asr.parse_word("a 0.000 0.100 1.000500\n")["confidence"], 1.0)
        self.assertEqual(asr.parse_word("a 0.000 0.100 nan\n")["confidence"], 0.0)

    def test_text_and_fillers_are_no_words(self):
        for line in (
            "and mister john dashwood\n",
            "\n",
            "<s> 0.000 0.140 0.999400\n",
            "</s> 7.050 7.080 1.000000\n",
            "<sil> 3.910 3.930 0.553348\n",
            "[SPEECH] 8.150 8.370 0.622847\n",
            "++UH++ 8.150 8.370 0.622847\n",
        ):
            with self.subTest(line):
                self.assertIsNone(asr.parse_word(line))


class Assign(unittest.TestCase):
    def word(self, text, start, end, confidence=0.5):
        return {"word": text, "start": start, "end": end, "confidence": confidence}

    def test_words_go_to_the_speech_they_overlap_most(self):
        speech = [{"start": 0.0, "end": 1.0}, {"start": 2.0, "end": 3.0}]
        words = [
            self.word("one", 0.1, 0.5, 0.25),
            self.word("two", 0.6, 1.2, 0.75),
            self.word("hiss", 1.3, 1.8),
            self.word("three", 1.9, 2.5),
        ]
        segments, strays = asr.assign(words, speech)
        self.assertEqual([segment["text"] for segment in segments], ["one two", "three"])
        self.assertEqual(segments[0]["confidence"], 0.5)
        self.assertEqual([word["word"] for word in strays], ["hiss"])

    def test_speech_without_words_is_kept_for_a_warning(self):
        segments, strays = asr.assign([], [{"start": 0.0, "end": 1.0}])
        self.assertEqual((segments[0]["text"], segments[0]["confidence"]), ("", 0.0))
        self.assertEqual(strays, [])


class Files(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def recording(self, rate, channels, frames):
        with wave.open(self.path("audio.wav"), "wb") as audio:
            audio.setframerate(rate)
            audio.setnchannels(channels)
            audio.setsampwidth(2)
            audio.writeframes(b"\0\0" * channels * frames)
        return self.path("audio.wav")

    def model(self):
        os.makedirs(self.path("xx/xx"))
        for name in ("xx/xx.lm.bin", "xx/cmudict-xx.dict"):
            with open(self.path(name), "w", encoding="utf-8"):
                pass
        return self.path("xx") + "/"

    def recogniser(self, script):
        """Stand in for the recogniser with a shell script."""
        program = self.path("recogniser")
        with open(program, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(program, stat.S_IRWXU)
        before = asr.PROGRAM
        self.addCleanup(setattr, asr, "PROGRAM", before)
        asr.PROGRAM = program

    def recognise(self):
        return list(asr.recognise("audio.wav", self.model(), self.path("log"), 7.0))

    def test_only_what_the_model_can_read_is_accepted(self):
        self.assertEqual(asr.check_audio(self.recording(16000, 1, 8000)), 0.5)
        for form in ((44100, 1, 10), (16000, 2, 10), (16000, 1, 0)):
            with self.subTest(form), self.assertRaises(asr.Problem):
                asr.check_audio(self.recording(*form))
        with open(self.path("audio.wav"), "w", encoding="utf-8") as file:
            file.write("no sound")
        with self.assertRaises(asr.Problem):
            asr.check_audio(self.path("audio.wav"))

    def test_model_with_a_missing_file_is_refused(self):
        directory = self.model()
        self.assertEqual(asr.model_files(directory)[1], self.path("xx/xx.lm.bin"))
        os.remove(self.path("xx/xx.lm.bin"))
        with self.assertRaisesRegex(asr.Problem, "xx.lm.bin"):
            asr.model_files(directory)

    def test_words_are_read_from_the_recogniser(self):
        self.recogniser("echo a b; echo a 0.100 0.200 0.5; echo b 0.300 0.400 0.5\n")
        self.assertEqual([word["word"] for word in self.recognise()], ["a", "b"])

    def test_failure_is_told_with_what_the_log_says(self):
        self.recogniser(f"echo 'FATAL: no memory' > {self.path('log')}; exit 3\n")
        with self.assertRaisesRegex(asr.Problem, r"exit code 3\): FATAL: no memory"):
            self.recognise()

    def test_death_by_signal_is_told(self):
        self.recogniser("kill -9 $$\n")
        with self.assertRaisesRegex(asr.Problem, "signal 9"):
            self.recognise()

    def test_missing_recogniser_names_the_setup(self):
        asr.PROGRAM, before = self.path("nowhere"), asr.PROGRAM
        self.addCleanup(setattr, asr, "PROGRAM", before)
        with self.assertRaisesRegex(asr.Problem, "setup.sh"):
            self.recognise()

    def test_list_of_speech_that_is_none_is_refused(self):
        for text in ("", "[]", '{"speech": [{"start": 1}]}'):
            with open(self.path("speech.json"), "w", encoding="utf-8") as file:
                file.write(text)
            with self.subTest(text), self.assertRaises(asr.Problem):
                asr.read_speech(self.path("speech.json"))


if __name__ == "__main__":
    unittest.main()

import json
import os
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import score


class Normalise(unittest.TestCase):
    def test_case_punctuation_and_abbreviations(self):
        self.assertEqual(
            score.normalise("Mr. Dashwood\u2019s ill-disposed, \u201cyoung\u201d man!"),
            ["mister", "dashwood's", "ill", "disposed", "young", "man"],
        )

    def test_quotes_around_a_word_are_no_part_of_it(self):
        self.assertEqual(score.normalise("'tis 'so'"), ["tis", "so"])


class Score(unittest.TestCase):
    def counts(self, reference, hypothesis):
        result = score.score(reference.split(), hypothesis.split())
        return tuple(
            result[key] for key in ("hits", "substitutions", "deletions", "insertions", "wer")
        )

    def test_same_words(self):
        self.assertEqual(self.counts("a b c", "a b c"), (3, 0, 0, 0, 0.0))

    def test_each_kind_of_error(self):
        self.assertEqual(self.counts("a b c d", "a x c d"), (3, 1, 0, 0, 0.25))
        self.assertEqual(self.counts("a b c d", "a c d"), (3, 0, 1, 0, 0.25))
        self.assertEqual(self.counts("a b c d", "a b x c d"), (4, 0, 0, 1, 0.25))

    def test_nothing_recognised(self):
        self.assertEqual(self.counts("a b", ""), (0, 0, 2, 0, 1.0))

    def test_rate_may_exceed_one(self):
        self.assertEqual(self.counts("a", "b c d"), (0, 1, 0, 2, 3.0))

    def test_alignment_keeps_both_texts(self):
        reference, hypothesis = "the cat sat on a mat".split(), "a cat sat the mat today".split()
        alignment = score.align(reference, hypothesis)
        self.assertEqual([said for _, said, _ in alignment if said], reference)
        self.assertEqual([heard for _, _, heard in alignment if heard], hypothesis)
        for operation, said, heard in alignment:
            self.assertEqual(operation == "hit", said == heard)

    def test_empty_reference_is_refused(self):
        with self.assertRaises(score.Problem):
            score.score([], ["a"])


class Threshold(unittest.TestCase):
    def call(self, limit, segments='{"segments": [{"text": "a b"}, {"text": "x"}]}'):
        with tempfile.TemporaryDirectory() as directory:
            paths = [os.path.join(directory, name) for name in ("seg.json", "ref.txt", "wer.json")]
            for path, text in zip(paths, (segments, "A, b.\nC\n")):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            errors = StringIO()
            with redirect_stdout(StringIO()), redirect_stderr(errors):
                code = score.main([*paths, "--max-wer", limit])
            if os.path.exists(paths[2]):
                with open(paths[2], encoding="utf-8") as file:
                    return code, errors.getvalue(), json.load(file)
            return code, errors.getvalue(), None

    def test_below(self):
        code, errors, result = self.call("0.34")
        self.assertEqual((code, errors, result["passed"], result["wer"]), (0, "", True, 0.3333))

    def test_above_fails_and_is_written_all_the_same(self):
        # 0.3333 is below a third: the rounded rate would pass.
        code, errors, result = self.call("0.33333")
        self.assertEqual((code, result["passed"]), (1, False))
        self.assertRegex(errors, "^error: the word error rate is 33.3% .*max_wer")

    def test_segments_that_are_none(self):
        for text in ("", "[]", '{"segments": [{}]}'):
            with self.subTest(text):
                code, errors, result = self.call("1", text)
                self.assertEqual((code, result), (1, None))
                self.assertIn("asr.py", errors)


if __name__ == "__main__":
    unittest.main()

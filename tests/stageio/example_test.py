#!/usr/bin/env python3
"""The "Complete Stage Example" of the logging architecture runs unchanged where the program put its module.

example_test.py SOURCE_DIR BUILD_DIR"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest

SOURCE, BUILD = (pathlib.Path(arg).resolve() for arg in sys.argv[1:3])
os.environ["PATH"] = f"{BUILD}:{os.environ['PATH']}"  # where the program stageio is, which hashes
sys.dont_write_bytecode = True
shared = tempfile.TemporaryDirectory()
subprocess.run([BUILD / "stageio", "python", "--shim", f"{shared.name}/shared"], check=True, stdout=subprocess.DEVNULL)
sys.path.insert(0, shared.name)


def load(transcribe_audio):
    """The example's function, as it stands in complete_example.md, with a stand-in for the speech
    recognition."""
    text = (SOURCE / "tests" / "stageio" / "complete_example.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert code.count("from shared.stage_utils import StageIO") == 1
    names = {"json": json, "transcribe_audio": transcribe_audio}
    exec(compile(code, "complete_example.md", "exec"), names)
    return names["_stage_asr"]


class CompleteExample(unittest.TestCase):
    def run_example(self, transcribe_audio, debug=False, job_dir_type=pathlib.Path):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        job = pathlib.Path(folder.name) / "out" / "job_001"
        (job / "01_demux").mkdir(parents=True)
        (job / "01_demux" / "audio.wav").write_bytes(b"RIFF")
        pipeline = types.SimpleNamespace(job_dir=job_dir_type(job), debug=debug)
        result = load(transcribe_audio)(pipeline)
        log, = (job / "logs").glob("99_pipeline_*.log")
        manifest = json.loads((job / "02_asr" / "manifest.json").read_text("utf-8"))
        return result, manifest, log.read_text("utf-8"), (job / "02_asr" / "stage.log").read_text("utf-8")

    def test_success(self):
        seen = {}

        def transcribe(audio, **config):
            seen.update(config, content=audio.read_bytes())
            return [{"text": "hello"}, {"text": "world"}]

        result, manifest, pipeline_log, stage_log = self.run_example(transcribe)
        self.assertIs(result, True)
        self.assertEqual(seen, {"model": "whisper-large-v3", "device": "mps", "language": "hi",
                                "batch_size": 16, "content": b"RIFF"})
        self.assertEqual((manifest["stage"], manifest["stage_number"], manifest["status"]), ("asr", 2, "success"))
        self.assertEqual(manifest["segments_count"], 2)
        self.assertEqual(manifest["config"]["model"], "whisper-large-v3")
        source, = manifest["inputs"]
        self.assertTrue(source["path"].endswith("/out/job_001/01_demux/audio.wav"))
        self.assertEqual((source["type"], source["size_bytes"], source["format"]), ("audio", 4, "wav"))
        output, = manifest["outputs"]
        self.assertTrue(output["path"].endswith("/out/job_001/02_asr/segments.json"))
        self.assertEqual((output["type"], output["format"], output["segments"]), ("transcript", "json", 2))
        self.assertRegex(output["checksum"], "^xxh3-128:[0-9a-f]{32}$")
        self.assertEqual((manifest["errors"], manifest["warnings"]), ([], []))
        self.assertIn("[asr] [INFO] ✓ Transcribed 2 segments\n", stage_log)
        self.assertEqual([line for line in pipeline_log.splitlines() if " [pipeline] " not in line],
                         stage_log.splitlines())
        told = re.findall(r"\[pipeline\] \[INFO\] (.*)", pipeline_log)
        self.assertEqual([re.sub(r"\d+\.\ds", "4.2s", line) for line in told], [
            "▶️  Stage asr: STARTING", "📥 Input: 01_demux/audio.wav", "📤 Output: 02_asr/segments.json",
            "✅ Stage asr: COMPLETED (4.2s)"])
        self.assertEqual(set(manifest["resources"]), {
            "cpu_user_seconds", "cpu_system_seconds", "cpu_percent", "memory_mb", "read_mb", "written_mb"})

    def test_failure(self):
        def transcribe(audio, **config):
            raise MemoryError("no room for the model")

        result, manifest, pipeline_log, stage_log = self.run_example(transcribe, debug=True, job_dir_type=str)
        self.assertIs(result, False)
        self.assertEqual(manifest["status"], "failed")
        error, = manifest["errors"]
        self.assertEqual(error["message"], "Transcription failed")
        self.assertEqual(error["exception_type"], "MemoryError")
        self.assertEqual(error["exception_detail"], "no room for the model")
        self.assertIn("[asr] [ERROR] Transcription failed: no room for the model\n", pipeline_log)
        self.assertIn("[asr] [ERROR] Transcription failed: no room for the model\n", stage_log)
        self.assertRegex(pipeline_log, r"\[pipeline\] \[ERROR\] ❌ Stage asr: FAILED \(0\.\ds\): "
                                       "Transcription failed: no room for the model\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])

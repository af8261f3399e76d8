#!/usr/bin/env python3
"""The implementation guide of the logging architecture: what a stage written by it leaves, without a runner and under
restage. statements.tsv says which of its sentences each of these tests shows.

guide_test.py SOURCE_DIR BUILD_DIR"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = (pathlib.Path(arg).resolve() for arg in sys.argv[1:3])
LINE = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[[^\]]+\] \[(DEBUG|INFO|WARNING|ERROR)\]( .*)?"
PIPELINE = """
[pipeline]
job = job_001
[params]
way = good
[stage:my_stage]
command = python3 guide.py {{params.way}}
"""


class Ran:
    """What one stage left."""

    def __init__(self, root, by_restage, way):
        for name in ("data.json", "a.wav", "b.wav"):
            path = root / "input" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("one two three\n")
        (root / "guide.py").write_text((SOURCE / "tests/seed/guide.py").read_text("utf-8"), "utf-8")
        (root / "pipeline.ini").write_text(PIPELINE)
        env = {name: value for name, value in os.environ.items() if not name.startswith(("STAGEIO", "RESTAGE"))}
        env.update(PATH=f"{BUILD}:{env['PATH']}", PYTHONDONTWRITEBYTECODE="1")
        subprocess.run(["stageio", "python", "--shim", "shared"], cwd=root, env=env, check=True, capture_output=True)
        command = ["restage", "-p", f"way={way}", "run"] if by_restage else [sys.executable, "guide.py", way]
        self.code = subprocess.run(command, cwd=root, env=env, check=False, capture_output=True).returncode
        self.by_restage, self.root, self.dir = by_restage, root, root / "out/job_001/01_my_stage"
        self.manifest = json.loads((self.dir / "manifest.json").read_text("utf-8"))
        self.stage_log = (self.dir / "stage.log").read_text("utf-8")
        log, = (root / "out/job_001/logs").glob("99_pipeline_*.log")
        self.pipeline_log = log.read_text("utf-8")

    def files(self, kind):
        return {pathlib.Path(file["path"]).name: file for file in self.manifest[kind] if file["type"] != "program"}


class Guide(unittest.TestCase):
    ran = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)

    def each(self, way="good"):
        """The stage in both ways in which it can be run, each made once."""
        for by_restage in (False, True):
            if (by_restage, way) not in self.ran:
                root = pathlib.Path(self.folder.name).resolve() / f"{by_restage}_{way}"
                root.mkdir()
                self.ran[by_restage, way] = Ran(root, by_restage, way)
            yield self.ran[by_restage, way]

    def test_logs_and_manifest_lie_where_the_architecture_says(self):
        for ran in self.each():
            self.assertEqual(sorted(path.name for path in (ran.root / "out/job_001").iterdir() if path.is_dir()
                                    and not path.name.startswith(".")), ["01_my_stage", "logs"])
            names = {path.name for path in ran.dir.iterdir()}
            self.assertLessEqual({"stage.log", "manifest.json", "result.json"}, names)
            self.assertRegex(next((ran.root / "out/job_001/logs").glob("*.log")).name, r"^99_pipeline_\d{8}_\d{6}\.log$")

    def test_every_line_has_time_name_and_level(self):
        for ran in self.each("warn"):
            for line in (ran.stage_log + ran.pipeline_log).splitlines():
                self.assertRegex(line, f"^{LINE}$")

    def test_debug_stands_in_the_stage_log_only(self):
        for ran in self.each():
            self.assertIn("[my_stage] [DEBUG] a detail\n", ran.stage_log)
            self.assertNotIn("[DEBUG]", ran.pipeline_log)

    def test_what_a_stage_logs_goes_to_both_logs(self):
        for ran in self.each("warn"):
            for log in (ran.stage_log, ran.pipeline_log):
                self.assertIn("[my_stage] [INFO] progress\n", log)
                self.assertIn("[my_stage] [WARNING] Suboptimal configuration detected\n", log)

    def test_the_pipeline_log_tells_start_files_and_end(self):
        for ran in self.each():
            told = re.findall(r"\[pipeline\] \[INFO\] (.*)", ran.pipeline_log)
            for line in ("▶️  Stage my_stage: STARTING", "📤 Output: 01_my_stage/result.json"):
                self.assertIn(line, told)
            self.assertTrue(any(re.fullmatch(r"✅ Stage my_stage: COMPLETED \(\d+\.\ds\)", line) for line in told))
            if not ran.by_restage:  # restage tells before the start, and does not know yet what will be reported
                self.assertIn("📥 Input: input/data.json", told)

    def test_a_failed_stage_is_found_by_both_greps(self):
        for way in ("raise", "fail"):
            for ran in self.each(way):
                self.assertRegex(ran.pipeline_log, r"\[pipeline\] \[ERROR\] ❌ Stage my_stage: FAILED \(")
                self.assertEqual(ran.code, 1)

    def test_the_manifest_has_the_fields_in_their_order(self):
        order = ["stage", "stage_number", "timestamp", "status", "duration_seconds", "completed_at", "inputs",
                 "outputs", "intermediate_files", "config", "resources", "errors", "warnings"]
        for ran in self.each():
            self.assertEqual([name for name in ran.manifest if name in order], order)
            self.assertEqual((ran.manifest["stage"], ran.manifest["stage_number"]), ("my_stage", 1))
            begun, ended = (datetime.datetime.fromisoformat(ran.manifest[name]) for name in ("timestamp", "completed_at"))
            self.assertAlmostEqual((ended - begun).total_seconds(), ran.manifest["duration_seconds"], delta=1)

    def test_status_is_that_of_finalize(self):
        for way, status in (("good", "success"), ("raise", "failed"), ("fail", "failed"), ("skip", "skipped")):
            for ran in self.each(way):
                self.assertEqual(ran.manifest["status"], status)

    def test_fields_of_finalize_are_kept(self):
        for ran in self.each():
            self.assertEqual((ran.manifest["segments_processed"], ran.manifest["model_version"]), (3, "1.0.0"))
        for ran in self.each("fail"):
            self.assertEqual(ran.manifest["error_message"], "Model loading failed")
        for ran in self.each("skip"):
            self.assertEqual(ran.manifest["reason"], "Feature disabled by user")

    def test_inputs_have_type_path_size_and_metadata(self):
        for ran in self.each():
            files = ran.files("inputs")
            self.assertEqual({name: (file["type"], file["path"], file["size_bytes"], file["format"])
                              for name, file in files.items()},
                             {"data.json": ("transcript", "input/data.json", 14, "json"),
                              "a.wav": ("audio", "input/a.wav", 14, "wav"), "b.wav": ("audio", "input/b.wav", 14, "wav")})

    def test_outputs_have_type_path_size_and_metadata(self):
        for ran in self.each():
            file, = ran.manifest["outputs"]
            self.assertEqual((file["type"], file["path"], file["format"], file["segments"]),
                             ("transcript", "out/job_001/01_my_stage/result.json", "json", 3))
            self.assertEqual(file["size_bytes"], (ran.dir / "result.json").stat().st_size)

    def test_intermediates_are_kept_or_removed_and_explained(self):
        for ran in self.each():
            self.assertEqual({name: (file["type"], file["retained"], file["reason"], file["size_bytes"])
                              for name, file in ran.files("intermediate_files").items()},
                             {"model_cache.bin": ("intermediate", True, "Model cache for faster subsequent runs", 6),
                              "temp_processing.wav": ("intermediate", False, "Temporary processing file", 6)})
            self.assertTrue((ran.dir / "model_cache.bin").exists())
            self.assertFalse((ran.dir / "temp_processing.wav").exists())

    def test_the_configuration_is_recorded(self):
        for ran in self.each():
            self.assertEqual(ran.manifest["config"], {"model": "whisper-large-v3", "device": "mps", "batch_size": 16,
                                                      "compute_type": "float32", "language": "hi"})

    def test_resources_are_measured(self):
        for ran in self.each():
            self.assertGreater(ran.manifest["resources"]["cpu_percent"], 0)
            self.assertGreater(ran.manifest["resources"]["memory_mb"], 1)

    def test_errors_have_time_message_and_exception(self):
        for ran in self.each("raise"):
            error = ran.manifest["errors"][0]
            datetime.datetime.fromisoformat(error["timestamp"])
            self.assertEqual((error["message"], error["exception_type"], error["exception_detail"]),
                             ("Processing failed", "ValueError", "no such model"))
            self.assertIn("[my_stage] [ERROR] Processing failed: no such model\n", ran.stage_log)
            self.assertIn("[my_stage] [ERROR] Processing failed: no such model\n", ran.pipeline_log)

    def test_warnings_have_time_and_message(self):
        for ran in self.each("warn"):
            self.assertEqual([warning["message"] for warning in ran.manifest["warnings"]],
                             ["Suboptimal configuration detected", "Using default configuration"])
            datetime.datetime.fromisoformat(ran.manifest["warnings"][0]["timestamp"])
            self.assertEqual(ran.manifest["status"], "success")

    def test_what_a_tool_prints_is_in_the_stage_log(self):
        ran = [ran for ran in self.each() if ran.by_restage][0]
        self.assertIn("[my_stage] [INFO] what a tool prints\n", ran.stage_log)

    def test_files_have_checksums(self):
        for ran in self.each():
            for kind in ("inputs", "outputs"):
                for file in ran.manifest[kind]:
                    self.assertRegex(file["checksum"], "^xxh3-128:[0-9a-f]{32}$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])

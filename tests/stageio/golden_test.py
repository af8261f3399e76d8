#!/usr/bin/env python3
"""The same calls in C, shell and Python leave the same manifest, logs and events.

golden_test.py SOURCE_DIR BUILD_DIR GOLDEN_PROGRAM"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD, GOLDEN = (pathlib.Path(arg).resolve() for arg in sys.argv[1:4])
HERE = SOURCE / "tests" / "stageio"
SCHEMA = SOURCE / "src" / "schema" / "manifest.schema.json"
COMMANDS = {
    "c": [str(GOLDEN)],
    "shell": ["sh", str(HERE / "golden.sh")],
    "python": [sys.executable, str(HERE / "golden_calls.py")],
}
PIPELINE = """
[pipeline]
job = job
[stage:asr]
number = 3
command = ./calls {{job.dir}}
track_command = no
"""
MEASURES = rb'"(cpu_user_seconds|cpu_system_seconds|cpu_percent|memory_mb|read_mb|written_mb)": [0-9.e-]+'
TIME = rb'"(timestamp|completed_at|started|time)": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d"'


def without_measures(data):
    """Without what is measured of a process; of a shell script without a runner nothing is."""
    return re.sub(rb'\n *' + MEASURES + rb',', b"", data)


def without_times(data, root):
    data = data.replace(os.fsencode(root), b"<root>")
    data = re.sub(TIME, rb'"\1": "<time>"', data)
    data = re.sub(rb'"(duration_seconds|seconds|cpu_seconds)": [0-9.e-]+', rb'"\1": 0', data)
    data = re.sub(rb'("cpu_seconds": 0,\s*"memory_mb": )[0-9.e-]+', rb"\g<1>0", data)
    data = re.sub(rb'"mtime_ns": "\d+"', b'"mtime_ns": "<time>"', data)
    data = re.sub(rb'"run": "\d{8}_\d{6}"', b'"run": "<time>"', data)
    data = re.sub(rb"COMPLETED \([0-9.]+s\)", b"COMPLETED (<time>)", data)
    return re.sub(rb"(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]", b"[<time>]", data)


def make_root(folder):
    """What the calls find: a job with a stage that ran before, and inputs of all kinds."""
    root = pathlib.Path(folder)
    for path in ("out/job/01_demux", "out/job/02_tmdb", "in/corpus/deep"):
        (root / path).mkdir(parents=True)
    (root / "out/job/01_demux/audio.wav").write_text("audio")
    (root / "out/job/02_tmdb/settings.json").write_text("{}")
    (root / "in/corpus/a").write_text("a")
    (root / "in/corpus/deep/b").write_text("b" * 3000)
    (root / "in/corpus/link").symlink_to("a")
    (root / os.fsdecode(b"in/caf\xe9 \xee\xbe\x80.txt")).write_text("x")
    os.mkfifo(root / "in/fifo")
    return root


def environment(**runner):
    env = {name: value for name, value in os.environ.items() if not name.startswith("STAGEIO")}
    return {**env, "PATH": f"{BUILD}:{env['PATH']}", "PYTHONPATH": str(SOURCE / "src" / "stageio"),
            "PYTHONDONTWRITEBYTECODE": "1", **runner}


class Golden(unittest.TestCase):
    maxDiff = None

    def run_calls(self, language, root, **runner):
        done = subprocess.run([*COMMANDS[language], "out/job"], cwd=root, env=environment(**runner),
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, b""), language)

    def assert_same(self, results):
        for language, data in results.items():
            self.assertEqual(results["c"].decode(), data.decode(), language)

    def test_without_a_runner_the_manifests_are_the_same(self):
        manifests, stage_logs, pipeline_logs, trees = {}, {}, {}, {}
        for language in COMMANDS:
            with tempfile.TemporaryDirectory() as folder:
                root = make_root(folder)
                self.run_calls(language, root)
                stage = root / "out/job/03_asr"
                manifests[language] = (stage / "manifest.json").read_bytes()
                stage_logs[language] = (stage / "stage.log").read_bytes()
                log, = (root / "out/job/logs").glob("99_pipeline_*.log")
                pipeline_logs[language] = log.read_bytes()
                trees[language] = "\n".join(sorted(
                    str(path.relative_to(stage)) for path in stage.rglob("*"))).encode()
                self.assertEqual(json.loads(manifests[language])["status"], "success")
                for results in (manifests, stage_logs, pipeline_logs):
                    results[language] = without_times(results[language], folder)
                measured = json.loads(manifests[language])["resources"].keys()
                self.assertEqual("cpu_percent" in measured, language != "shell", language)
                manifests[language] = without_measures(manifests[language])
        for results in (manifests, stage_logs, pipeline_logs, trees):
            self.assert_same(results)
        self.assertEqual(trees["c"], b"cache\ncache/model.bin\nmanifest.json\nsegments.json\nstage.log")
        self.assertEqual(manifests["c"].decode(), (HERE / "golden.json").read_text("utf-8"))
        self.assertEqual(stage_logs["c"].decode(), (HERE / "golden.log").read_text("utf-8"))
        self.assertEqual(pipeline_logs["c"].decode(), (HERE / "golden_pipeline.log").read_text("utf-8"))
        self.assertEqual(
            [line for line in stage_logs["c"].splitlines() if b"[DEBUG]" not in line],
            [line for line in pipeline_logs["c"].splitlines() if b" [pipeline] " not in line])

    def test_under_a_runner_the_events_are_the_same(self):
        events = {}
        for language in COMMANDS:
            with tempfile.TemporaryDirectory() as folder:
                root = make_root(folder)
                stage = root / "out/job/04_asr"
                (stage / "work").mkdir(parents=True)
                self.run_calls(
                    language, root, STAGEIO_EVENTS=str(stage / "events"), STAGEIO_STAGE="asr",
                    STAGEIO_STAGE_DIR=str(stage), STAGEIO_OUTPUT_DIR=str(stage / "work"),
                    STAGEIO_JOB_DIR=str(root / "out/job"), STAGEIO_RUN="20251127_140915")
                events[language] = without_times((stage / "events").read_bytes(), folder)
                self.assertFalse((stage / "manifest.json").exists())
                self.assertFalse((root / "out/job/03_asr").exists())
                self.assertTrue((stage / "work/temp.wav").exists(), "removing is the runner's")
        self.assert_same(events)
        self.assertEqual(events["c"].decode(), (HERE / "golden.events").read_text("utf-8"))

    def test_under_restage_the_manifests_are_the_same(self):
        manifests, logs = {}, {}
        for language, command in COMMANDS.items():
            with tempfile.TemporaryDirectory() as folder:
                root = make_root(folder)
                # the same words for all, and what differs is no input
                (root / "calls").write_text(f"#!/bin/sh\nexec {shlex.join(command)} \"$@\"\n")
                (root / "calls").chmod(0o755)
                (root / "pipeline.ini").write_text(PIPELINE)
                done = subprocess.run([str(BUILD / "restage"), "run"], cwd=root, env=environment(),
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                stage = root / "out/job/03_asr"
                manifests[language] = without_times((stage / "manifest.json").read_bytes(), folder)
                manifests[language] = re.sub(MEASURES, rb'"\1": 0', manifests[language])
                log = without_times((stage / "stage.log").read_bytes(), folder)
                logs[language] = re.sub(rb"(?<=\[INFO\] Resources: ).*", b"<measures>", log)
                self.assertFalse((stage / "temp.wav").exists())
        self.assert_same(manifests)
        self.assert_same(logs)
        runner, alone = json.loads(manifests["c"]), json.loads((HERE / "golden.json").read_text("utf-8"))
        for kind in ("inputs", "outputs", "intermediate_files"):
            self.assertEqual({file["path"]: file.get("checksum") for file in runner[kind]},
                             {file["path"]: file.get("checksum") for file in alone[kind]})
        self.assertEqual(runner["outputs"], alone["outputs"])
        for name in ("config", "errors", "segments_count", "model_version", "nothing"):
            self.assertEqual(runner[name], alone[name])
        self.assertEqual(runner["warnings"][:len(alone["warnings"])], alone["warnings"])
        logged = (HERE / "golden.log").read_text("utf-8").splitlines()
        self.assertEqual([line for line in logs["c"].decode().splitlines() if line in logged], logged)

    def test_the_manifest_follows_the_schema(self):
        try:
            import jsonschema
            schema = json.loads(SCHEMA.read_text("utf-8"))
        except (ImportError, FileNotFoundError) as missing:
            self.skipTest(str(missing))
        with tempfile.TemporaryDirectory() as folder:
            root = make_root(folder)
            self.run_calls("c", root)
            manifest = json.loads((root / "out/job/03_asr/manifest.json").read_text("utf-8"))
        errors = jsonschema.Draft202012Validator(schema).iter_errors(manifest)
        self.assertEqual([f"{error.json_path}: {error.message}" for error in errors], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])

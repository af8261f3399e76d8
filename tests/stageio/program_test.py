#!/usr/bin/env python3
"""The program stageio, and what stageio.py shares with it beyond the golden sequence.

program_test.py SOURCE_DIR BUILD_DIR"""
import concurrent.futures
import hashlib
import inspect
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = (pathlib.Path(arg).resolve() for arg in sys.argv[1:3])
PROGRAM = str(BUILD / "stageio")
sys.path.insert(0, str(SOURCE / "src" / "stageio"))
sys.dont_write_bytecode = True
for name in [name for name in os.environ if name.startswith("STAGEIO")]:
    del os.environ[name]

import stageio  # noqa: E402


class InDirectory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        self.root = pathlib.Path(folder.name)
        os.chdir(self.root)

    def call(self, *args, code=0, stdin=None, **env):
        """stderr if the call must fail, else stdout."""
        done = subprocess.run([PROGRAM, *args], check=False, capture_output=True, text=True, input=stdin,
                              env={**os.environ, "STAGEIO_STAGE": "asr", "STAGEIO_JOB_DIR": "out/job", **env})
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        self.assertEqual(bool(done.stderr), code != 0, done.stderr)
        return done.stderr if code else done.stdout

    def manifest(self, stage="out/job/01_asr"):
        return json.loads((self.root / stage / "manifest.json").read_text("utf-8"))


class Program(InDirectory):
    def test_values_that_look_like_json_are_json(self):
        self.call("config", "i=12", "n=-0.5e3", "t=true", "f=false", "z=null", "s=x", "e=", "q=a=b",
                  "v=1.2.3", "o=007", "big=9007199254740993", "plus=+1", "nan=NaN", 'text:="12"',
                  "list:=[1]", "c:d=x")
        self.assertEqual(self.manifest()["config"], {
            "i": 12, "n": -500, "t": True, "f": False, "z": None, "s": "x", "e": "", "q": "a=b",
            "v": "1.2.3", "o": "007", "big": "9007199254740993", "plus": "+1", "nan": "NaN", "text": "12",
            "list": [1], "c:d": "x"})

    def test_mistakes_are_said_and_end_with_2(self):
        for args, said in [
            ([], "no command"), (["frobnicate"], "'frobnicate'"), (["output", "x"], "--type"),
            (["output", "x", "--typ", "y"], "'--typ'"), (["output", "--type"], "'--type' needs a value"),
            (["input"], "usage: stageio input PATH"), (["config", "novalue"], "'novalue'"), (["config", "=1"], "'=1'"),
            (["config", "a:={"], "'a' is no JSON"), (["config", "a=1", "a=2"], "given twice"),
            (["intermediate", "x"], "--retained"), (["intermediate", "x", "--retained", "maybe"], "--retained"),
            (["log", "LOUD", "x"], "'LOUD'"), (["log", "INFO"], "usage"), (["progress", "half"], "'half'"),
            (["progress", "2"], "between 0 and 1"), (["cost", "1", "USD"], "usage"),
            (["finalize", "done"], "'done'"), (["cost", "--unit", "call", "1", "USD", "x"], "go together"),
            (["cost", "--quantity", "a", "--unit", "call", "1", "USD", "x"], "'a'"),
            (["output-path", "../x"], "'../x'"), (["--stage=..", "output-path", "x"], "'..'"),
        ]:
            self.assertIn(said, self.call(*args, code=2), args)
        self.assertIn("STAGEIO_JOB_DIR", self.call("open", code=2, STAGEIO_JOB_DIR=""))

    def test_trouble_with_files_ends_with_3(self):
        (self.root / "file").write_text("")
        self.assertIn("file/job'", self.call("open", code=3, STAGEIO_JOB_DIR="file/job"))
        self.assertIn("'demux'", self.call("input-path", "x", "--from", "demux", code=3))
        self.assertIn("gone", self.call("checksum", "gone", code=3))

    def test_a_missing_output_ends_with_1(self):
        self.call("output", "x", "--type", "text")
        self.assertIn("01_asr/x", self.call("finalize", "success", code=1))
        self.assertEqual(self.manifest()["status"], "failed")

    def test_options_of_the_place_stand_anywhere(self):
        self.call("--stage", "mix", "log", "--job-dir=other", "INFO", "--stage", "x", STAGEIO_JOB_DIR="")
        self.assertRegex((self.root / "other/01_mix/stage.log").read_text("utf-8"), r"\[mix\] \[INFO\] --stage x\n$")

    def test_each_line_of_standard_input_is_logged(self):
        self.call("log", "WARNING", "-", stdin="one\n\ntwo %s\nthree")
        lines = (self.root / "out/job/01_asr/stage.log").read_text("utf-8").splitlines()
        self.assertEqual([line[22:] for line in lines],
                         ["[asr] [WARNING] one", "[asr] [WARNING]", "[asr] [WARNING] two %s", "[asr] [WARNING] three"])

    def test_help_and_version(self):
        for args in (["--help"], ["help"], ["-h"], ["output", "--help"]):
            self.assertIn("finalize success|failed|skipped", self.call(*args))
        self.assertRegex(self.call("--version"), r"^stageio \d+\.\d+\.\d+\n$")

    def test_a_full_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)

    def test_processes_at_once_lose_nothing(self):
        self.call("open")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: self.call("warning", str(i)), range(100)))
        self.assertEqual(sorted(int(warning["message"]) for warning in self.manifest()["warnings"]), list(range(100)))

    def test_names_come_back_as_they_are(self):
        name = os.fsdecode(b"a b'\"$(id)\n\xff%s")
        path = self.call_bytes("output-path", name)
        self.assertEqual(path, os.fsencode(self.root.resolve() / "out/job/01_asr" / name) + b"\n")
        with open(path[:-1], "wb"):
            pass
        self.call("output", name, "--type", "text")
        self.call("finalize", "success")
        self.assertEqual(stageio._name_from_json(self.manifest()["outputs"][0]["path"]), "out/job/01_asr/" + name)

    def call_bytes(self, *args):
        env = {**os.environ, "STAGEIO_STAGE": "asr", "STAGEIO_JOB_DIR": "out/job"}
        return subprocess.run([PROGRAM, *args], check=True, stdout=subprocess.PIPE, env=env).stdout

    def test_a_script_may_change_directories(self):
        job = str(self.root.resolve() / "out/job")
        self.call("open", STAGEIO_JOB_DIR=job)
        os.mkdir("sub")
        os.chdir("sub")
        pathlib.Path("a").write_text("")
        self.call("input", "a", "--type", "text", STAGEIO_JOB_DIR=job)
        self.assertEqual(self.manifest()["inputs"][0]["path"], "sub/a")


class Told(InDirectory):
    """What the pipeline log is told without a runner: the program (so the C library) and Python agree."""

    def log(self):
        log, = (self.root / "out/job/logs").glob("99_pipeline_*.log")
        text = log.read_text("utf-8")
        log.unlink()
        return [re.sub(r"\(\d+\.\ds\)", "(1.0s)", line[22:]) for line in text.splitlines()]

    def both(self, calls, python):
        self.call("open")
        for args in calls:
            self.call(*args)
        by_program = self.log()
        python(stageio.StageIO("asr", "out/job"))
        self.assertEqual(by_program, self.log())
        return by_program

    def test_why_a_stage_failed(self):
        self.assertEqual(self.both(
            [["error", "--exception-type", "ValueError", "--detail", "of that\u202e kind\nmore", "Could not"],
             ["finalize", "failed"]],
            lambda io: (io.add_error("Could not", ValueError("of that\u202e kind\nmore")), io.finalize("failed")))[-2:],
            [r"[pipeline] [ERROR] ❌ Stage asr: FAILED (1.0s): Could not: of that\xe2\x80\xae kind",
             "[pipeline] [INFO] 📋 Stage log: 01_asr/stage.log"])
        self.assertIn("FAILED (1.0s): Model loading failed", self.both(
            [["finalize", "failed", "error_message=Model loading failed"]],
            lambda io: io.finalize("failed", error_message="Model loading failed"))[-2])
        self.assertTrue(self.both([["finalize", "failed"]], lambda io: io.finalize("failed"))[-2].endswith("(1.0s)"))

    def test_a_skip_says_its_reason(self):
        self.assertEqual(self.both([["finalize", "skipped", "reason=Feature disabled by user"]],
                                   lambda io: io.finalize("skipped", reason="Feature disabled by user"))[-1],
                         "[pipeline] [INFO] ⏭️  Stage asr: SKIPPED (Feature disabled by user)")
        self.assertIn("(the stage said so)", self.both([["finalize", "skipped"]], lambda io: io.finalize("skipped"))[-1])

    def test_of_many_files_twenty_are_named(self):
        for i in range(22):
            (self.root / f"f{i}").touch()
        calls = [[kind, f"f{i}", "--type", "text"] for kind in ("input", "output") for i in range(22)]
        calls += [["input", "f1", "--type", "text"], ["input", "gone.py", "--type", "program"]]

        def python(io):
            for kind, path, _, type in calls:
                getattr(io, "track_" + kind)(path, type)
            io.finalize()
        lines = self.both(calls + [["finalize", "success"]], python)
        self.assertEqual(len([line for line in lines if "Input: f" in line]), 20)
        self.assertEqual(len([line for line in lines if "Output: f" in line]), 20)
        self.assertEqual(len([line for line in lines if "… and 2 more" in line]), 2)

    def test_an_output_that_is_missing_is_a_failure(self):
        self.call("open")
        self.call("output", "gone", "--type", "text")
        self.call("finalize", "success", code=1)
        by_program = self.log()
        io = stageio.StageIO("asr", "out/job")
        io.track_output("gone", "text")
        with self.assertRaises(stageio.StageIOError):
            io.finalize()
        self.assertEqual(by_program, self.log())
        self.assertIn("❌ Stage asr: FAILED (1.0s): output", by_program[-2])

    def test_without_a_manifest_too(self):
        stageio.StageIO("asr", "out/job", enable_manifest=False).finalize()
        self.assertEqual(self.log(), ["[pipeline] [INFO] ▶️  Stage asr: STARTING",
                                      "[pipeline] [INFO] ✅ Stage asr: COMPLETED (1.0s)"])

    def test_durations_read_like_those_of_a_runner(self):
        self.assertEqual([stageio._duration(seconds) for seconds in (0, 4.24, 59.94, 59.96, 3599.4, 3600, 90061)],
                         ["0.0s", "4.2s", "59.9s", "1m 00s", "59m 59s", "1h 00m", "1d 01h"])


class Shim(InDirectory):
    def test_the_module_is_written_and_renewed_and_nobody_else_s(self):
        module = (SOURCE / "src/stageio/stageio.py").read_text("utf-8")
        self.assertEqual(self.call("python"), module)
        self.assertEqual(self.call("python", "--shim", "a/shared"), "a/shared/stage_utils.py\na/shared/stageio.py\n")
        (self.root / "a/shared/stageio.py").write_text(module.replace('"0.1.0"', '"0.0.1"'))
        self.call("python", "--shim", "a/shared/")
        self.assertEqual((self.root / "a/shared/stageio.py").read_text("utf-8"), module)
        for package in ("shared.stage_utils", "stage_utils"):
            folder = "a" if "." in package else "a/shared"
            subprocess.run([sys.executable, "-c", f"from {package} import StageIO; StageIO('asr', 'out/job')"], check=True,
                           cwd=folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        (self.root / "a/shared/stageio.py").unlink()
        (self.root / "a/shared/stage_utils.py").write_text("class StageIO: ...\n")
        self.assertIn("stage_utils.py' is there and not of this program", self.call("python", "--shim", "a/shared", code=2))
        self.assertNotIn("stageio.py", os.listdir("a/shared"))
        (self.root / "file").touch()
        self.assertIn("file", self.call("python", "--shim", "file/shared", code=3))


class Phases(InDirectory):
    def phases(self):
        return self.manifest()["resources"]["phases"]

    def test_the_program_runs_a_command_and_ends_as_it_does(self):
        self.call("open")
        self.assertEqual(self.call("phase", "say", "sh", "-c", "echo $0 $1; cat", "-x", "y", stdin="in\n"), "-x y\nin\n")
        for command, code in (("exit 7", 7), ("kill -TERM $$", 143)):
            done = subprocess.run([PROGRAM, "phase", "end", "sh", "-c", command], check=False, capture_output=True,
                                  env={**os.environ, "STAGEIO_STAGE": "asr", "STAGEIO_JOB_DIR": "out/job"})
            self.assertEqual((done.returncode, done.stderr), (code, b""))
        self.assertIn("no_such", self.call("phase", "x", "no_such_program", code=127))
        self.assertIn("usage", self.call("phase", "x", code=2))
        busy = "import time\nwhile time.process_time() < 0.2: x = bytearray(30 << 20)"
        self.call("phase", "compute", sys.executable, "-c", busy)
        self.assertEqual([phase["name"] for phase in self.phases()], ["say", "end", "end", "compute"])
        self.assertGreater(self.phases()[-1]["cpu_seconds"], 0.19)
        self.assertGreater(self.phases()[-1]["memory_mb"], 30)
        self.assertGreaterEqual(self.phases()[-1]["seconds"], self.phases()[-1]["cpu_seconds"] * 0.5)

    def test_python_tells_them_when_they_end_however_that_is(self):
        io = stageio.StageIO("asr", "out/job")
        with self.assertRaises(ValueError), io.phase("all"):
            with io.phase("load"):
                held = bytearray(50 << 20)
            raise ValueError(len(held))
        self.assertEqual([phase["name"] for phase in self.phases()], ["load", "all"])
        load, both = self.phases()
        self.assertLessEqual(load["seconds"], both["seconds"])
        self.assertLessEqual(both["started"], load["started"])
        self.assertGreater(load["memory_mb"], 50)
        for i in range(1100):
            with io.phase("many"):
                pass
        io.finalize()
        self.assertEqual(len(self.phases()), 1000)


class Modules(InDirectory):
    def reported(self, sys_path):
        """The inputs that a program with imports of all kinds reports."""
        code = ("import sys; sys.path[:0] = sys.argv[1:]; import own, linked, installed, env, pkg.deep\n"
                "sys.modules['odd'] = 7; from shared.stage_utils import StageIO\n"
                "StageIO('asr', 'out/job').finalize()")
        subprocess.run([sys.executable, "-c", code, *sys_path], check=True, cwd=self.root / "root",
                       env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        return [(file["type"], file["path"]) for file in self.manifest("root/out/job/01_asr")["inputs"]]

    def test_those_below_the_root_are_inputs_and_installed_ones_are_none(self):
        for path in ("root/own.py", "root/pkg/__init__.py", "root/pkg/deep.py", "elsewhere/linked.py",
                     "root/lib/python3/site-packages/installed.py", "outside/env.py"):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).touch()
        (self.root / "root/links").symlink_to("../elsewhere")
        (self.root / "way_in").symlink_to("root")
        self.call("python", "--shim", "root/shared")
        want = [("program", path) for path in ("links/linked.py", "own.py", "pkg/__init__.py", "pkg/deep.py")]
        others = ["links", "lib/python3/site-packages", "../outside"]
        for first in (".", str(self.root / "way_in"), str(self.root / "root/pkg/..")):
            self.assertEqual(self.reported([first, *others]), want, first)


class Trees(unittest.TestCase):
    def test_the_number_of_a_stage_in_a_link_does_not_count(self):
        def digest(target):
            with tempfile.TemporaryDirectory() as folder:
                os.symlink(target, os.path.join(folder, "l"))
                return stageio._hash_tree(folder, hashlib.sha256)

        for was, now in (("../04_asr/o", "../105_asr/o"), ("../../5_a/17_b/", "../../06_a/b/"), ("04_", "05_")):
            self.assertEqual(digest(was), digest(now), was)
        for was, now in (("../04-asr/o", "../05-asr/o"), ("../x04_a/o", "../x05_a/o"), ("../04_05_a/o", "../a/o")):
            self.assertNotEqual(digest(was), digest(now), was)


class Names(unittest.TestCase):
    def test_every_name_survives(self):
        rng = random.Random(3)
        pieces = [b"\xff", b"\xc3", b"\xc3\xa9", b"\xee\xbe\x80", b"\xee\xbf\xbf", b"\xed\xa0\x80", b"a", b"\n",
                  b"\xf0\x9f\x93\x8b", b"\xee\xbd\xbf", b"\x80"]
        for _ in range(2000):
            name = b"".join(rng.choices(pieces, k=rng.randint(1, 6)))
            text = stageio._name_to_json(name)
            text.encode("utf-8")
            self.assertEqual(os.fsencode(stageio._name_from_json(text)), name)


# What the module xxhash has of what stageio.py uses, by the library itself
MODULE = """
import ctypes, ctypes.util
lib = ctypes.CDLL(ctypes.util.find_library("xxhash"))
lib.XXH3_createState.restype = ctypes.c_void_p
lib.XXH3_128bits_reset.argtypes = lib.XXH3_freeState.argtypes = [ctypes.c_void_p]
lib.XXH3_128bits_update.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]
lib.XXH3_128bits_digest.restype, lib.XXH3_128bits_digest.argtypes = Hash, [ctypes.c_void_p]
class xxh3_128:
    def __init__(self):
        self.state = lib.XXH3_createState()
        lib.XXH3_128bits_reset(self.state)
    def __del__(self):
        lib.XXH3_freeState(self.state)
    def update(self, data):
        lib.XXH3_128bits_update(self.state, data, len(data))
    def digest(self):
        digest = lib.XXH3_128bits_digest(self.state)
        return digest.high.to_bytes(8, "big") + digest.low.to_bytes(8, "big")
"""


class Checksums(InDirectory):
    def hash_by(self, hasher):
        """Makes the module, the program, or neither what there is to hash with."""
        (self.root / "bin").mkdir(exist_ok=True)
        (self.root / "lib").mkdir(exist_ok=True)
        if hasher == "program":
            (self.root / "bin/stageio").symlink_to(PROGRAM)
        (self.root / "lib/xxhash.py").write_text(MODULE if hasher == "module" else "raise ImportError")
        path, os.environ["PATH"] = os.environ["PATH"], str(self.root / "bin")
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        sys.path.insert(0, str(self.root / "lib"))
        self.addCleanup(sys.path.remove, str(self.root / "lib"))
        sys.modules.pop("xxhash", None)
        self.addCleanup(sys.modules.pop, "xxhash", None)

    def make_tree(self):
        tree = self.root / "tree"
        (tree / "b/c").mkdir(parents=True)
        (tree / "b/c/x").write_text("x" * 5000)
        (tree / "b.txt").write_text("y")
        (tree / os.fsdecode(b"\xff")).write_text("z")
        (tree / "empty").mkdir()
        for link, target in [("file", "b.txt"), ("gone", "nowhere"), ("folder", "b"), ("b/up", "../b.txt")]:
            (tree / link).symlink_to(target)
        os.mkfifo(tree / "pipe")
        for name in ("b.txt", "b/c/x"):
            (tree / name).chmod(0o755)

    def python_computes_what_the_library_does(self, hasher):
        self.make_tree()
        (self.root / "empty").touch()
        (self.root / " -large\n").write_bytes(random.Random(5).randbytes(3_000_000))
        self.hash_by(hasher)
        for path in ("tree", "empty", " -large\n"):
            self.assertEqual(stageio._checksum(path) + "\n", self.call("checksum", "--", path), path)
        self.assertEqual(stageio._tree_size("tree"), 5002)

    def test_the_module_computes_what_the_library_does(self):
        self.python_computes_what_the_library_does("module")

    def test_the_program_computes_what_the_library_does(self):
        self.python_computes_what_the_library_does("program")

    def test_without_either_there_is_no_checksum(self):
        self.make_tree()
        self.hash_by("neither")
        (self.root / "file").write_text("text")
        io = stageio.StageIO("asr", "out/job")
        io.track_input("file", "text")
        io.track_output(str(self.root / "tree"), "corpus")
        io.finalize("success")
        manifest = self.manifest()
        for entry, size in ((manifest["inputs"][0], 4), (manifest["outputs"][0], 5002)):
            self.assertEqual((entry["checksum"], entry["size_bytes"]), (None, size))
            self.assertTrue(int(entry["mtime_ns"]))
            self.assertNotIn("missing", entry)

    def test_what_cannot_be_read_is_an_error(self):
        (self.root / "tree").mkdir()
        (self.root / "tree/file").write_text("text")
        (self.root / "tree/file").chmod(0)
        if os.access("tree/file", os.R_OK):
            self.skipTest("root reads everything")
        for hasher in ("module", "program"):
            self.hash_by(hasher)
            for path in ("tree", "tree/file"):
                with self.assertRaisesRegex(OSError, "Permission denied"):
                    stageio._checksum(path)

    def test_another_program_of_that_name_is_none(self):
        self.hash_by("neither")
        (self.root / "file").write_text("text")
        for script in ("echo hello", "exit 1", "echo xxh3-128:0", "head -c 9 /dev/urandom"):
            (self.root / "bin/stageio").write_text(f"#!/bin/sh\n{script}\n")
            (self.root / "bin/stageio").chmod(0o755)
            self.assertIsNone(stageio._checksum("file"))


class Page(unittest.TestCase):
    """src/doc/python.md describes the class as its docstrings do."""

    def test_each_call_is_described_as_pydoc_shows_it(self):
        section = ""
        for name, call in vars(stageio.StageIO).items():
            if name == "__init__" or not name.startswith("_"):
                is_class = name == "__init__"
                text = inspect.getdoc(stageio.StageIO if is_class else call)
                self.assertTrue(text, f"{name} has no docstring")
                signature = re.sub(r"^\(self(, )?", "(", str(inspect.signature(call)))
                section += f"### `{'StageIO' if is_class else name}{signature}`\n\n"
                section += "".join(" ".join(part.split()) + "\n\n" for part in text.split("\n\n"))
        page = (SOURCE / "src/doc/python.md").read_text("utf-8")
        self.assertIn(section, page, f"the part '## The class' should be:\n{section}")


class Python(InDirectory):
    def test_arguments_and_fields_may_have_the_same_name(self):
        io = stageio.StageIO("asr", "out/job")
        io.track_input(path="a", type="audio")
        io.track_input("b", "text", path="mine", type=7)
        io.track_intermediate("c", False, "cache", retained="mine", reason="other")
        io.finalize(status="skipped", reason="off")
        io.finalize("skipped", status="mine")
        manifest = self.manifest()
        self.assertEqual([(file["type"], file["path"]) for file in manifest["inputs"]], [("audio", "a"), ("text", "b")])
        self.assertEqual(manifest["inputs"][1]["meta"], {"path": "mine", "type": 7})
        self.assertEqual(manifest["intermediate_files"][0]["meta"], {"retained": "mine", "reason": "other"})
        self.assertEqual((manifest["status"], manifest["meta"]), ("skipped", {"status": "mine"}))
        for call in (lambda: io.track_input("a"), lambda: io.track_input(type="x"), lambda: io.finalize("a", "b")):
            self.assertRaises(TypeError, call)

    def test_values_without_a_json_form_are_told_as_text(self):
        io = stageio.StageIO("asr", "out/job")
        class Odd:
            def __str__(self):
                raise RuntimeError
        io.set_config({"odd": Odd()})
        self.assertEqual(self.manifest()["config"].pop("odd"), "(Odd, RuntimeError)")
        io = stageio.StageIO("asr", "out/job")
        io.set_config({"nul": "a\0b\udcff", "path": pathlib.Path("x"), "big": 1 << 60, "set": {1}, 5: "five",
                       "loss": float("nan"), "low": -float("inf")})
        self.assertEqual(self.manifest()["config"], {
            "nul": "a\ufffdb\ufffd", "path": "x", "big": str(1 << 60), "set": "{1}", "5": "five",
            "loss": "nan", "low": "-inf"})

    def test_a_value_is_cut_below_a_depth_that_readers_take(self):
        deep = []
        deep.append(deep)
        stageio.StageIO("asr", "out/job").add_config("x", deep)
        self.assertIn('"..."', json.dumps(self.manifest()["config"]))

    def test_no_field_ends_a_stage(self):
        """Whatever a field of a file, of resources or of the end is called, the call goes through."""
        io = stageio.StageIO("asr", "out/job")
        (self.root / "x").touch()
        schema = json.loads((SOURCE / "src/schema/manifest.schema.json").read_text("utf-8"))
        of_file = schema["$defs"]["file"]["properties"]
        for name in of_file.keys() - {"label"}:
            for call in (io.track_input, io.track_output):
                call(str(self.root / "x"), "text", **{name: 1})
            if name not in ("retained", "reason"):
                io.track_intermediate("y", **{name: 1})
        for name in schema["properties"]:
            io.finalize("failed", **{name: "mine"})
        manifest = self.manifest()
        self.assertEqual(manifest["status"], "failed")
        for name in schema["properties"].keys() - {"status", "reason", "metrics", "meta"}:
            self.assertEqual(manifest["meta"][name], "mine")

    def test_reports_survive_a_program_that_does_not_finalize(self):
        code = ("from stageio import StageIO; io = StageIO('asr', 'out/job');"
                "[io.track_input(f'gone{i}', 'x') for i in range(100)]")
        subprocess.run([sys.executable, "-c", code], check=True,
                       env={**os.environ, "PYTHONPATH": str(SOURCE / "src/stageio"), "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(self.manifest()["status"], "running")
        self.assertEqual(len(self.manifest()["inputs"]), 100)

    def test_an_earlier_handle_leaves_the_next_one_alone(self):
        for status in ("failed", "skipped"):
            io = stageio.StageIO("asr", "out/job")
            io.finalize(status)
        del io
        self.assertEqual(self.manifest()["status"], "skipped")
        self.assertEqual(self.manifest()["reason"], "")

    def test_a_success_without_its_output_raises(self):
        io = stageio.StageIO("asr", "out/job")
        io.track_output("x", "text")
        with self.assertRaisesRegex(stageio.StageIOError, "01_asr/x"):
            io.finalize()
        self.assertEqual(self.manifest()["status"], "failed")

    def test_tracebacks_are_logged_line_by_line(self):
        logger = stageio.StageIO("asr", "out/job").get_stage_logger()
        try:
            raise ValueError("no")
        except ValueError:
            logger.exception("it went wrong")
        lines = (self.root / "out/job/01_asr/stage.log").read_text("utf-8").splitlines()
        self.assertEqual(lines[0][22:], "[asr] [ERROR] it went wrong")
        self.assertEqual(lines[-1][22:], "[asr] [ERROR] ValueError: no")
        self.assertTrue(all(line[22:].startswith("[asr] [ERROR]") for line in lines))

    def test_without_a_manifest_there_are_paths_and_logs(self):
        io = stageio.StageIO("asr", "out/job", enable_manifest=False)
        io.track_input("x", "text")
        io.get_stage_logger().info("hello")
        io.finalize()
        self.assertEqual(sorted(path.name for path in io.get_output_path("x").parent.iterdir()), ["stage.log"])

    def test_of_a_report_over_the_limit_the_largest_part_is_cut(self):
        os.environ["STAGEIO_EVENTS"] = "events"
        self.addCleanup(os.environ.pop, "STAGEIO_EVENTS")
        io = stageio.StageIO("asr", "out/job")
        io.add_error("Processing failed", ValueError("x" * 3_000_000))
        io.track_output("x", "text", words=12, all=["word"] * 300_000, table={"a": "b" * stageio.LINE_MAX})
        io.finalize("failed", error_message="y" * stageio.LINE_MAX, rows=7)
        lines = (self.root / "events").read_bytes().splitlines(keepends=True)
        self.assertLessEqual(max(map(len, lines)), stageio.LINE_MAX)
        events = [json.loads(line) for line in lines]
        self.assertEqual([event["event"] for event in events],
                         ["warning", "error", "warning", "warning", "output", "warning", "finalize"])
        self.assertRegex(events[1]["exception_detail"], r"^x{1000}\.\.\. \(3000002 bytes\)$")
        self.assertEqual((events[4]["words"], events[4]["table"][-7:]), (12, " bytes)"))
        self.assertEqual(events[6]["fields"]["rows"], 7)
        self.assertIn("'all' is cut", events[2]["message"] + events[3]["message"])
        with self.assertRaisesRegex(stageio.StageIOError, "limit"):
            io.set_config({f"key{i}": "v" * 1000 for i in range(2000)})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])

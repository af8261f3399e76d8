"""StageIO: how the program of a pipeline's stage records what it used, made and cost.

    from stageio import StageIO

    stage_io = StageIO("asr", job_dir)
    logger = stage_io.get_stage_logger("INFO")
    audio = stage_io.get_input_path("audio.wav", from_stage="demux")
    segments = stage_io.get_output_path("segments.json")
    stage_io.track_input(audio, "audio", format="wav")
    ...
    stage_io.track_output(segments, "transcript", segments=12)
    stage_io.finalize(status="success", segments_count=12)

Under a runner (restage sets STAGEIO_EVENTS) every call is told to it, and the runner writes the stage's
logs and its manifest. Without one, stage.log, manifest.json and the pipeline log are written here, in
the same formats; checksums then need the module xxhash or the program stageio, and are null without. The C
library libstageio and the shell program stageio do the same; stageio.h says it in detail. One file, standard
library only, Python 3.8 or later.
"""
import atexit
import contextlib
import datetime
import fcntl
import functools
import json
import logging
import math
import os
import pathlib
import re
import resource
import shutil
import stat
import struct
import subprocess
import sys
import threading
import time
import weakref

__all__ = ["StageIO", "StageIOError"]
__version__ = "0.1.0"
_IS_STAGEIO = True  # this module is no input of a stage

LINE_MAX = 1024 * 1024  # bytes of one report to a runner, newline included
_SCHEMA = "restage.manifest/1"
_EXACT_MAX = 1 << 53  # above this a JSON number is no longer every integer
_DEPTH_MAX = 190  # levels of a value: readers stop at 200
_UNSAVED_SHARE = 16  # a manifest is written whenever a sixteenth of it is new: linear in all

_SAME = " "  # no field of a caller is called so
_META = "meta"  # where a field goes whose name the manifest has of its own

_RESERVED_FILE = frozenset(
    "path type event size_bytes file_count exclude view view_command checksum label origin mtime_ns track "
    "missing executable changed_during_run changed_by_stage".split())
_WARNINGS_MAX = 100  # that are written down
_PHASES_MAX = 1000  # that are written down
_RESERVED_RESOURCE = frozenset(["cost", "costs", "currency", "phases"])
_RESERVED_MANIFEST = frozenset(
    "schema stage stage_number each instances timestamp status duration_seconds completed_at pipeline job stage_dir run"
    " attempt command dir exit_code signal interrupted reasons inputs outputs intermediate_files config"
    " reported_config conflicting_config env tools container resources executor errors warnings warning_count key untracked"
    " accepted restored_from last_success last_failure".split())


class StageIOError(Exception):
    """A call that cannot be: an unknown status, a report that is too long, an unknown stage, a success
    without its outputs. What goes wrong with files is an OSError."""


# Names and values in JSON

def _name_to_json(path):
    """File names are bytes; each byte that is no UTF-8 becomes one character of U+EF80..U+EFFF, and so do
    the bytes of such a character itself, so that every name can be had back."""
    text = os.fsencode(path).decode("utf-8", "surrogateescape")
    text = re.sub("[\uef80-\uefff]", lambda m: "".join(chr(0xef00 + b) for b in m[0].encode()), text)
    return re.sub("[\udc80-\udcff]", lambda m: chr(ord(m[0]) - 0xdc00 + 0xef00), text)


def _name_from_json(text):
    parts = re.split("([\uef80-\uefff])", text)
    return os.fsdecode(b"".join(bytes([ord(part) - 0xef00]) if i % 2 else part.encode("utf-8", "replace")
                                for i, part in enumerate(parts)))


def _text(value):
    """JSON as restage reads it has no NUL and no half characters."""
    try:
        text = str(value)
    except Exception as error:  # whose __str__ fails: what is told of it must not end a stage
        text = f"({type(value).__name__}, {type(error).__name__})"
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


def _value(value, depth=1):
    if depth > _DEPTH_MAX:
        return "..."
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= _EXACT_MAX else str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(float(value))  # a loss that is NaN is worth to be known
        return int(value) if value.is_integer() and abs(value) <= _EXACT_MAX else float(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _value(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value(item, depth + 1) for item in value]
    if isinstance(value, os.PathLike):
        return _name_to_json(value)
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:  # numpy's scalars
        return _value(value.item(), depth + 1)
    return _text(value)


def _fields(values, reserved=frozenset()):
    """The fields as JSON; those whose names are reserved stand in an object "meta", with one of the stage's
    own of that name if there is such."""
    fields = {_text(name): _value(value) for name, value in values.items()}
    apart = [name for name in fields if name in reserved]
    if apart:
        apart = {name: value for name, value in fields.items() if name in apart or name == _META}
        fields = {name: value for name, value in fields.items() if name not in apart}
        fields[_META] = apart
    return fields


def _merge(into, values):
    """What is kept apart of two reports stays together."""
    for name, value in values.items():
        if name == _META and isinstance(value, dict) and isinstance(into.get(name), dict):
            into[name].update(value)
        else:
            into[name] = value


def _now():
    return datetime.datetime.now().astimezone().isoformat(timespec="microseconds")


def _printable(text):
    """A name or message that neither ends its line nor hides what follows."""
    def escape(match):
        return "".join({9: "\\t", 10: "\\n"}.get(byte) or f"\\x{byte:02x}" for byte in os.fsencode(match[0]))

    return re.sub("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]", escape, text)


def _duration(seconds):
    if seconds < 59.95:
        return f"{max(seconds, 0):.1f}s"
    seconds = math.floor(seconds + 0.5)
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    if seconds < 86400:
        return f"{seconds // 3600}h {seconds // 60 % 60:02}m"
    return f"{seconds // 86400}d {seconds // 3600 % 24:02}h"


def _usage():
    """What this process used so far, with the children that it waited for: seconds of CPU, the most memory
    of one process, and what went through read and write calls."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        with open("/proc/self/io", encoding="ascii") as file:
            passed = dict(line.split(": ") for line in file)
    except OSError:
        passed = None
    return {"cpu_user_seconds": own.ru_utime + children.ru_utime,
            "cpu_system_seconds": own.ru_stime + children.ru_stime,
            "memory_mb": max(own.ru_maxrss, children.ru_maxrss) / 1024,
            "read_mb": passed and int(passed["rchar"]) / 1048576,
            "written_mb": passed and int(passed["wchar"]) / 1048576}


def _resident_mb():
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1048576
    except OSError:
        return 0


def _resources(begun, seconds, reported):
    """What was measured since, and what the stage reported beyond."""
    now = _usage()
    used = {name: now[name] - (0 if name == "memory_mb" else begun[name]) for name in now if now[name] is not None}
    cpu = used["cpu_user_seconds"] + used["cpu_system_seconds"]
    used["cpu_percent"] = cpu / seconds * 100 if seconds > 0 else 0
    digits = {"cpu_user_seconds": 6, "cpu_system_seconds": 6, "cpu_percent": 1, "memory_mb": 1, "read_mb": 3,
              "written_mb": 3}
    measured = {name: _value(round(used[name], digits[name])) for name in digits if used.get(name, -1) >= 0}
    return {**measured, **{name: value for name, value in reported.items() if name not in measured}}


def _write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


# XXH3-128 by the module xxhash, or else by the program stageio

def _hash_file(path, new_state):
    state = new_state()
    with open(path, "rb", buffering=0) as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            state.update(piece)
    return state.digest()


def _hash_tree(path, new_state):
    """A directory counts by names, kinds, link targets (without the numbers of stages' directories), executable bits
    and contents, as restage hashes it."""
    state = new_state()

    def add_name(name):
        state.update(struct.pack(">Q", len(name)) + name)

    def is_executable(entry):
        return os.stat(entry.path).st_mode & stat.S_IXUSR

    def walk(folder, prefix, above):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in above:
            raise OSError(f"'{os.fsdecode(folder)}' leads back to a directory in which it lies")
        above = above | {(status.st_dev, status.st_ino)}
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            add_name(prefix + entry.name)
            if entry.is_symlink():
                state.update(b"l")
                add_name(re.sub(rb"(^|/)[0-9]+_", rb"\1", os.readlink(entry.path)))
                if entry.is_dir():
                    state.update(b"\2")
                    walk(entry.path, prefix + entry.name + b"/", above)
                    state.update(b".")
                elif entry.is_file():
                    state.update((b"\3" if is_executable(entry) else b"\1") + _hash_file(entry.path, new_state))
                else:
                    state.update(b"\0")
            elif entry.is_dir():
                state.update(b"d")
                walk(entry.path, prefix + entry.name + b"/", above)
                state.update(b".")
            elif entry.is_file():
                state.update((b"x" if is_executable(entry) else b"f") + _hash_file(entry.path, new_state))
            else:
                state.update(b"o")

    walk(os.fsencode(path), b"", frozenset())
    return state.digest()


def _checksum(path):
    """Of a regular file or a directory, as manifests have it; None where neither the module nor the program
    is installed."""
    is_tree = os.path.isdir(path)
    try:
        from xxhash import xxh3_128
        return f"xxh3-128:{(_hash_tree if is_tree else _hash_file)(path, xxh3_128).hex()}"
    except ImportError:
        program = shutil.which("stageio")
    if not is_tree:
        open(path, "rb").close()  # the trouble is the same whoever hashes
    if not program:
        return None
    done = subprocess.run([program, "checksum", "--", path], check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == 3:
        raise OSError(os.fsdecode(done.stderr).strip())
    text = done.stdout.decode(errors="replace").strip()
    return text if re.fullmatch("xxh3-128:[0-9a-f]{32}", text) else None


def _tree_size(path):
    """The sum of the sizes of its files."""
    found = (os.lstat(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)
    return sum(status.st_size for status in found if stat.S_ISREG(status.st_mode))


# Where things lie

def _fold_path(path):
    parts = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _absolute(path):
    """Without "." and empty parts. Where there is "..", links are followed if the path exists."""
    path = os.path.join(os.getcwd(), os.fsdecode(path))
    if ".." in path.split("/") and os.path.exists(path):
        return os.path.realpath(path)
    return _fold_path(path)


def _below(folder, path):
    """The part of path below folder, "" for folder itself, or None."""
    if path == folder:
        return ""
    folder = folder.rstrip("/") + "/"
    return path[len(folder):] if path.startswith(folder) else None


def _numbered(job_dir):
    """(number, name, directory) of the stages of a job, by number."""
    found = []
    for name in sorted(os.listdir(os.fsencode(job_dir))):
        match = re.fullmatch(rb"([0-9]{1,9})_(.+)", name, re.DOTALL)
        if match and not os.path.isfile(os.path.join(os.fsencode(job_dir), name)):
            found.append((int(match[1]), os.fsdecode(match[2]), os.fsdecode(name)))
    return sorted(found, key=lambda stage: stage[0])


def _check_stage(name):
    if set(name.split("/")) & {"", ".", ".."} or "\0" in name:
        raise StageIOError(f"'{name}' cannot be the name of a stage")
    return name


def _own_modules(root):
    """The files below root of the modules that the program has imported, installed packages apart. The
    package of a module is a module itself, and so is the program."""
    real = os.path.realpath(root)
    prefixes = {os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)}
    prefixes = [prefix for prefix in prefixes if _below(real, prefix)]  # a virtual environment
    folders = {}  # as modules name them: the same below root, or None

    def own(folder):
        real_folder = os.path.realpath(folder)
        below = _below(root, _absolute(folder))
        below = _below(real, real_folder) if below is None else below
        is_installed = {"site-packages", "dist-packages"} & set(real_folder.split("/")) or any(
            _below(prefix, real_folder) is not None for prefix in prefixes)
        return None if below is None or is_installed else os.path.join(root, below)

    found = set()
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        path = names.get("__file__")
        if not isinstance(path, str) or "_IS_STAGEIO" in names or path.endswith(".pyc"):
            continue
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = own(folder)
        if folders[folder] is not None and os.path.isfile(path):
            found.add(os.path.join(folders[folder], name))
    return sorted(found)


class _Place:
    """The stage and its directories, all absolute. Paths below root are recorded relative to it."""

    def __init__(self, stage, job_dir):
        under_runner = bool(os.environ.get("STAGEIO_EVENTS"))
        if under_runner or stage is None:
            stage = os.environ.get("STAGEIO_STAGE") or stage
        if under_runner or job_dir is None:
            job_dir = os.environ.get("STAGEIO_JOB_DIR") or job_dir
        if not stage or not job_dir:
            name = "STAGEIO_JOB_DIR" if stage else "STAGEIO_STAGE"
            raise StageIOError(f"no {'job directory' if stage else 'stage'} is given, and {name} is not set")
        self.stage = _check_stage(stage)
        self.job_dir = _absolute(job_dir)
        self.root = None
        if under_runner:
            self.root = os.environ.get("STAGEIO_ROOT") or None
            stage_dir = os.environ.get("STAGEIO_STAGE_DIR")
            output_dir = os.environ.get("STAGEIO_OUTPUT_DIR") or stage_dir
            self.stage_dir = stage_dir and _absolute(stage_dir)
            self.output_dir = output_dir and _absolute(output_dir)
            match = re.match("([0-9]{1,9})_", stage_dir and _below(self.job_dir, self.stage_dir) or "")
            self.number = int(match[1]) if match else math.inf
        else:
            self.stage_dir = self.output_dir = self._make()
            here = _absolute(".")
            self.root = here if _below(here, self.stage_dir) is not None else None

    def _make(self):
        base, _, instance = self.stage.partition("/")
        os.makedirs(self.job_dir, exist_ok=True)
        lock = os.open(self.job_dir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            pass  # not every file system has locks; without one two stages may get one number
        try:
            stages = _numbered(self.job_dir)
            own = [stage for stage in stages if stage[1] == base]
            self.number = own[-1][0] if own else stages[-1][0] + 1 if stages else 1
            name = own[-1][2] if own else f"{self.number:02}_{base}"
            path = _fold_path(os.path.join(self.job_dir, name, instance))
            os.makedirs(path, exist_ok=True)
        finally:
            os.close(lock)
        return path

    def find_input(self, name, from_stage):
        if not name or "\0" in name:
            raise StageIOError(f"'{name}' cannot be the name of a file")
        if os.path.isabs(name):
            return _absolute(name)
        stages = _numbered(self.job_dir)
        own = self.stage.partition("/")[2]

        def folder(stage, instance):
            path = os.path.join(self.job_dir, stage[2])
            inner = os.path.join(path, instance) if instance else path
            return inner if os.path.isdir(inner) else path

        if from_stage is not None:
            base, _, wanted = _check_stage(from_stage).partition("/")
            stages = [stage for stage in stages if stage[1] == base]
            if not stages:
                raise StageIOError(f"the job has no directory of stage '{from_stage}'")
            if wanted:
                return _fold_path(os.path.join(self.job_dir, stages[-1][2], wanted, name))
            return _fold_path(os.path.join(folder(stages[-1], own), name))
        for stage in reversed(stages):
            path = os.path.join(folder(stage, own), name)
            if stage[0] < self.number and os.path.exists(path):
                return _fold_path(path)
        return _fold_path(os.path.join(self.job_dir, name))

    def told(self, path, is_input):
        """A path as it is told: absolute, but a relative one of an output that is not there yet stays
        relative to the place where outputs go."""
        path = os.fsdecode(path)
        if not path or "\0" in path:
            raise StageIOError(f"'{path}' cannot be the path of a file")
        if not is_input and not os.path.isabs(path) and self.output_dir:
            if os.path.exists(os.path.join(self.output_dir, path)) or not os.path.exists(path):
                return path
        return _absolute(path)


# What a runner does, done here when there is none

def _cut(event):
    """The largest text or value of a report that is too long becomes a short text; its name, or None."""
    inner = [event[name] for name in ("values", "fields") if isinstance(event.get(name), dict)]
    sizes = [(len(json.dumps(value)), name, holder) for holder in (event, *inner) for name, value in holder.items()
             if name not in ("event", "path", "type", "label", "status", "values", "fields")]
    size, name, holder = max(sizes, key=lambda one: one[0], default=(0, None, None))
    if size < 4096:
        return None
    value = holder[name]
    holder[name] = value[:1000] + f"... ({size} bytes)" if isinstance(value, str) else f"({size} bytes)"
    return name


class _Runner:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY, 0o666)
        weakref.finalize(self, os.close, self.fd)

    def take(self, event):
        line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        while len(line) > LINE_MAX:
            size, cut = len(line), _cut(event)
            if cut is None:
                raise StageIOError(f"a report of {size} bytes is over the limit of {LINE_MAX}")
            self.take({"event": "warning", "time": _now(),
                       "message": f"{event['event']}: '{cut}' is cut: a report may have {LINE_MAX} bytes, not {size}"})
            line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        if os.write(self.fd, line) != len(line):  # one write: the lines of several writers stay whole
            os.write(self.fd, b"\n")
            raise OSError("a report could not be written as a whole: is the disk full?")


class _Logs:
    """stage.log, and the job's newest pipeline log, which gets all but DEBUG."""

    def __init__(self, place):
        self.place = place
        self.pipeline = None
        self.stage = self._open(os.path.join(place.stage_dir, "stage.log"), os.O_TRUNC)

    def _open(self, path, flags=0):
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY | flags, 0o666)
        weakref.finalize(self, os.close, fd)
        return fd

    def write(self, level, message):
        lines = message.split("\n")
        if len(lines) > 1 and not lines[-1]:
            lines.pop()
        data = self._lines(self.place.stage, level, lines)
        _write_all(self.stage, data)
        if level != "DEBUG":
            self._write_pipeline(data)

    def narrate(self, level, line):
        """Into the pipeline log only, which is the pipeline's own: no stage's."""
        self._write_pipeline(self._lines("pipeline", level, [line]))

    @staticmethod
    def _lines(name, level, lines):
        prefix = f"[{time.strftime('%Y-%m-%d %H:%M:%S')}] [{name}] [{level}]"
        return os.fsencode("".join(f"{prefix} {line}\n" if line else f"{prefix}\n" for line in lines))

    def _write_pipeline(self, data):
        if self.pipeline is None:
            folder = os.path.join(self.place.job_dir, "logs")
            os.makedirs(folder, exist_ok=True)
            names = [name for name in os.listdir(folder) if re.fullmatch(r"99_pipeline_.*\.log", name)]
            name = max(names, default=time.strftime("99_pipeline_%Y%m%d_%H%M%S.log"))
            self.pipeline = self._open(os.path.join(folder, name))
        _write_all(self.pipeline, data)


class _Narrator:
    """What the pipeline log says of a stage when there is no runner to say it."""

    LISTED = 20  # files of a kind

    def __init__(self, place, logs, manifest):
        self.place, self.logs, self.manifest = place, logs, manifest
        self.begun = time.monotonic()
        self.inputs = self.listed = 0
        logs.narrate("INFO", f"▶️  Stage {_printable(place.stage)}: STARTING")

    def shown(self, path):
        below = _below(self.place.job_dir, path)
        if below is None and self.place.root is not None:
            below = _below(self.place.root, path)
        return _printable(below or path)

    def file(self, sign, entry):
        path = _absolute(self.manifest.path_of(entry))
        self.logs.narrate("INFO", f"{sign}{self.shown(path)}")

    def take(self, event):
        """What was just taken into the manifest."""
        if event["event"] == "finalize":
            return self.end(event)
        inputs = self.manifest.files["inputs"]
        if event["event"] != "input" or len(inputs) == self.inputs:
            return
        self.inputs = len(inputs)
        if event["type"] != "program":  # those are many, and always the same
            self.listed += 1
            if self.listed <= self.LISTED:
                self.file("📥 Input: ", next(reversed(inputs.values())))

    def more(self, sign, count):
        if count > self.LISTED:
            self.logs.narrate("INFO", f"{sign}… and {count - self.LISTED} more")

    def end(self, event):
        manifest = self.manifest.tree if self.manifest else {}
        status = manifest.get("status", event["status"])
        seconds = _duration(manifest.get("duration_seconds", time.monotonic() - self.begun))
        stage = f"Stage {_printable(self.place.stage)}:"
        self.more("📥 Input: ", self.listed)
        if status == "failed":
            self.logs.narrate("ERROR", f"❌ {stage} FAILED ({seconds}){self.cause(manifest)}")
            log = self.shown(os.path.join(self.place.stage_dir, "stage.log"))
            return self.logs.narrate("INFO", f"📋 Stage log: {log}")
        outputs = list(self.manifest.files["outputs"].values()) if self.manifest else []
        for entry in outputs[:self.LISTED]:
            self.file("📤 Output: ", entry)
        self.more("📤 Output: ", len(outputs))
        if status == "skipped":
            reason = manifest.get("reason") or "the stage said so"
            return self.logs.narrate("INFO", f"⏭️  {stage} SKIPPED ({_printable(reason)})")
        self.logs.narrate("INFO", f"✅ {stage} COMPLETED ({seconds})")

    @staticmethod
    def cause(manifest):
        """What the stage gave as its reason, or the last error that it told of."""
        message, detail = manifest.get("error_message"), ""
        if not isinstance(message, str) or not message:
            error = manifest["errors"][-1] if manifest.get("errors") else {"message": ""}
            message, detail = error["message"], (error.get("exception_detail") or "").split("\n")[0]
        text = f": {_printable(message)}" if message else ""
        return text + (f": {_printable(detail)}" if detail and detail not in message else "")


class _Manifest:
    """manifest.json, told by the events that a runner would get."""

    def __init__(self, place):
        below = None if place.root is None else _below(place.root, place.stage_dir)
        self.place = place
        self.begun, self.usage = time.monotonic(), _usage()
        self.is_ended, self.taken, self.unsaved = False, 0, 0
        self.extra = {}
        self.tree = {
            "schema": _SCHEMA, "stage": _name_to_json(place.stage), "stage_number": place.number,
            "timestamp": _now(), "status": "running", "duration_seconds": None, "completed_at": None,
            "pipeline": None, "job": _name_to_json(os.path.basename(place.job_dir)),
            "stage_dir": _name_to_json(place.stage_dir if below is None else below),
            "run": time.strftime("%Y%m%d_%H%M%S"), "attempt": 1, "command": None, "exit_code": None,
            "reasons": [], "inputs": [], "outputs": [], "intermediate_files": [], "config": {}, "env": {},
            "tools": {}, "resources": {}, "errors": [], "warnings": [],
        }
        self.files = {"inputs": {}, "outputs": {}, "intermediate_files": {}}  # entries by path
        self.save()
        self.pid = os.getpid()
        atexit.register(self.save_last)

    def save(self):
        self.tree.update({kind: list(entries.values()) for kind, entries in self.files.items()}, **self.extra)
        text = json.dumps(self.tree, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
        aside = os.path.join(self.place.stage_dir, f".manifest.json.{os.getpid()}.tmp")
        try:
            with open(aside, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.replace(aside, os.path.join(self.place.stage_dir, "manifest.json"))
        except BaseException:
            if os.path.exists(aside):
                os.unlink(aside)
            raise
        self.unsaved = 0

    def save_last(self):
        """A program that ends without finalize leaves what it reported; not so a process it forked."""
        if self.unsaved and self.pid == os.getpid() and os.path.isdir(self.place.stage_dir):
            self.save()

    def path_of(self, entry):
        return os.path.join(self.place.root or "/", _name_from_json(entry["path"]))

    def measure(self, entry, with_content):
        path, mtime, checksum, size = self.path_of(entry), None, None, 0
        entry.pop("track", None)
        entry.pop("missing", None)
        try:
            status = os.stat(path)
            mtime = str(status.st_mtime_ns)
            if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
                size = status.st_size
                if with_content:
                    size = _tree_size(path) if stat.S_ISDIR(status.st_mode) else size
                    checksum = _checksum(path)
        except (FileNotFoundError, NotADirectoryError):
            mtime = None
        entry.update(size_bytes=size, checksum=checksum, mtime_ns=mtime)
        if mtime is None:
            entry["missing"] = True
        elif not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            entry["track"] = "exists"

    def take_file(self, event, kind):
        path = _name_from_json(event["path"])
        path = _fold_path(os.path.join(self.place.output_dir, path))
        below = None if self.place.root is None else _below(self.place.root, path)
        own = ["event", "path", "type", "label"] + ["retained", "reason"] * (kind == "intermediate")
        entry = {"type": event["type"], "path": _name_to_json(path if below is None else below or ".")}
        entry.update((name, event[name]) for name in own[4:])
        entry["size_bytes"] = 0
        entry.update((name, value) for name, value in event.items() if name not in own)
        entry.update((name, event[name]) for name in ("label",) if name in event)
        entry.update(origin="reported", checksum=None, mtime_ns=None)
        self.measure(entry, kind == "input")
        self.files["intermediate_files" if kind == "intermediate" else kind + "s"][entry["path"]] = entry

    def note(self, event):
        if event["event"] == "warning" and len(self.tree["warnings"]) >= _WARNINGS_MAX:
            self.tree["warning_count"] = self.tree.get("warning_count", _WARNINGS_MAX) + 1
            return
        names = ("exception_type", "exception_detail") if event["event"] == "error" else ()
        self.tree[event["event"] + "s"].append({
            "timestamp": event["time"], "message": event["message"], **{name: event[name] for name in names}})

    def cost(self, event):
        resources = self.tree["resources"]
        names = ("amount", "currency", "what", "quantity", "unit")
        costs = resources.pop("costs", []) + [{name: event[name] for name in names if name in event}]
        resources.pop("cost", None)
        resources.pop("currency", None)
        if {cost["currency"] for cost in costs} == {event["currency"]}:
            resources["cost"] = _value(round(float(sum(cost["amount"] for cost in costs)), 9))
            resources["currency"] = event["currency"]
        resources["costs"] = costs

    def take(self, event):
        kind = event["event"]
        if kind == "finalize":
            return self.finalize(event["status"], event["fields"])
        if kind in ("input", "output", "intermediate"):
            self.take_file(event, kind)
        elif kind in ("config", "resource"):
            _merge(self.tree[kind if kind == "config" else "resources"], event["values"])
        elif kind == "cost":
            self.cost(event)
        elif kind == "phase":
            phases = self.tree["resources"].setdefault("phases", [])
            if len(phases) < _PHASES_MAX:
                phases.append({name: value for name, value in event.items() if name != "event"})
        elif kind in ("error", "warning"):
            self.note(event)
        self.unsaved += 1
        self.taken += not self.is_ended
        if self.unsaved * _UNSAVED_SHARE >= self.taken:
            self.save()

    def drop(self, entry):
        path, folder = self.path_of(entry), os.path.realpath(self.place.stage_dir)
        parent = os.path.realpath(os.path.dirname(path))
        if not _below(self.place.stage_dir, path) or _below(folder, parent) is None:
            why = f"intermediate '{path}' is not removed: it lies outside the stage's directory"
            return self.note({"event": "warning", "time": _now(), "message": _text(why)})
        try:
            (shutil.rmtree if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)
        except OSError as error:
            why = f"intermediate is not removed: {error}"
            self.note({"event": "warning", "time": _now(), "message": _text(why)})

    def finish(self, is_success):
        """Looks at what was made and removes what need not be kept; the first trouble."""
        trouble = None
        for kind in ("outputs", "intermediate_files"):
            for entry in self.files[kind].values():
                error = None
                try:
                    self.measure(entry, True)
                    if is_success and kind == "outputs" and "missing" in entry:
                        error = StageIOError(f"output '{entry['path']}' does not exist")
                except OSError as caught:
                    error = caught
                if error and not trouble:
                    trouble = error
                    self.note({"event": "error", "time": _now(), "message": _text(error),
                               "exception_type": None, "exception_detail": None})
        if is_success and not trouble:
            for entry in self.files["intermediate_files"].values():
                is_needed = entry["retained"] or entry["path"] in self.files["outputs"]
                if not is_needed and "missing" not in entry:
                    self.drop(entry)
        return trouble

    def finalize(self, status, fields):
        trouble = self.finish(status == "success")
        _merge(self.extra, fields)
        if status == "skipped" and not isinstance(self.extra.get("reason"), str):
            self.extra["reason"] = ""
        seconds = round(time.monotonic() - self.begun, 6)
        self.tree.update(status="failed" if trouble and status == "success" else status,
                         duration_seconds=_value(seconds), completed_at=_now(),
                         resources=_resources(self.usage, seconds, self.tree["resources"]))
        self.save()
        self.is_ended, self.taken = True, 0  # from now on everything is saved at once
        atexit.unregister(self.save_last)
        if trouble:
            raise trouble


class _LogHandler(logging.Handler):
    def __init__(self, tell):
        super().__init__()
        self.tell = tell

    def emit(self, record):
        try:
            level = ("DEBUG", "DEBUG", "INFO", "WARNING", "ERROR")[min(record.levelno // 10, 4)]
            self.tell({"event": "log", "level": level, "message": _text(self.format(record)), "time": _now()})
        except Exception:
            self.handleError(record)


def _any_names(*places):
    """Fields may be called like the arguments at these places, where those are given by their place."""
    def decorate(call):
        @functools.wraps(call)
        def wrapped(self, *args, **fields):
            same = {name: fields.pop(name) for name in places[:len(args)] if name in fields}
            return call(self, *args, **fields, **({_SAME: same} if same else {}))
        return wrapped
    return decorate


class StageIO:
    """One stage that is being recorded.

    stage_name: "asr", or "asr/ep1" for an instance. job_dir: the job's directory, a str or a Path; it is made
    if need be. Under a runner both are the runner's, whatever is given; without one None means STAGEIO_STAGE
    and STAGEIO_JOB_DIR. enable_manifest=False: paths and logs only.

    Paths are str, bytes or Path. A handle may be used from several threads. What goes wrong with files is an
    OSError, a call that cannot be a StageIOError; no name and no value of a field raises."""

    def __init__(self, stage_name=None, job_dir=None, enable_manifest=True):
        events = os.environ.get("STAGEIO_EVENTS")
        self._lock = threading.RLock()
        self._said = set()  # what is said once
        self._place = _Place(stage_name, job_dir)
        self._runner = _Runner(events) if events else None
        self._logs = None if events else _Logs(self._place)
        self._manifest = None if events or not enable_manifest else _Manifest(self._place)
        self._narrator = None if events else _Narrator(self._place, self._logs, self._manifest)
        self._is_recorded = enable_manifest
        self._told = None
        self._logger = logging.Logger(f"stageio.{self._place.stage}")
        self._logger.addHandler(_LogHandler(self._tell))
        self._modules = set()  # files that were told of
        self._pid = os.getpid()
        if self._runner:
            atexit.register(self._track_last_modules)

    def _tell(self, event):
        kind = event["event"]
        with self._lock:
            if not self._is_recorded and kind not in ("log", "progress", "error", "warning", "finalize"):
                return
            if self._runner:
                self._runner.take(event)
                return
            level = event.get("level", kind.upper())
            if kind in ("log", "error", "warning"):
                is_again = level in ("WARNING", "ERROR") and self._is_again(kind != "log", level, event)
                if is_again and (kind == "log" or level == "WARNING"):
                    return
                if not is_again:
                    self._logs.write(level, event["message"])
            if kind == "log" and level == "WARNING":  # it counts like one that is reported
                event = {"event": "warning", "message": event["message"], "time": event["time"]}
            self._record(event)

    def _record(self, event):
        """Into the manifest, and what of it the pipeline log tells too."""
        try:
            if self._manifest and event["event"] not in ("log", "progress"):
                self._manifest.take(event)
        finally:
            if self._manifest or event["event"] == "finalize":
                self._narrator.take(event)

    def _is_again(self, is_note, level, event):
        """Is it what was told last, logged then and noted now, or the other way round? An exception may stand
        in the line that was logged, and beside the message that is noted. As a runner asks."""
        message, detail = event["message"], event.get("exception_detail") if is_note else None
        is_same = False
        if self._told and self._told[:2] == (not is_note, level):
            before = self._told[2]
            is_same = before == message or bool(detail) and before.startswith(message) and before.endswith(detail)
        self._told = None if is_same or not message else (is_note, level, message)
        return is_same

    def get_stage_logger(self, level="INFO"):
        """The stage's logging.Logger: to stage.log and, but for DEBUG, to the pipeline log.

        level: "DEBUG", "INFO" ..., or the numbers of the module logging. A warning that is logged counts like
        one of add_warning; an error that is logged and then added is told once."""
        self._logger.setLevel(level)
        return self._logger

    def get_input_path(self, name, from_stage=None):
        """The Path of file `name` of another stage: get_input_path("audio.wav", from_stage="demux").

        Without from_stage it is that of the nearest stage before this one in whose directory it exists, else
        of the job's directory itself. Of a stage with instances it is that of the own instance, if there is
        such; "demux/ep1" names one. The file need not exist."""
        return pathlib.Path(self._place.find_input(os.fsdecode(name), from_stage))

    def get_output_path(self, name):
        """The Path where output `name` goes: get_output_path("cache/model.bin").

        It lies in the stage's directory; under a runner in the one from which it takes the outputs of a stage
        that succeeded. Directories on the way are made."""
        name = os.fsdecode(name)
        if not name or os.path.isabs(name) or ".." in name.split("/"):
            raise StageIOError(f"output '{name}' leads out of the stage's directory")
        if not self._place.output_dir:
            raise StageIOError("STAGEIO_OUTPUT_DIR is not set")
        path = _fold_path(os.path.join(self._place.output_dir, name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return pathlib.Path(path)

    def _own_fields(self, kind, values, reserved):
        values.update(values.pop(_SAME, {}))
        for name in values:
            if name in reserved and (kind, name) not in self._said:
                self._said.add((kind, name))
                self.add_warning(f"{kind}: '{name}' is a name of the manifest's own, the value is kept under {_META}")
        return _fields(values, reserved)

    def _track(self, kind, path, type, label, meta, **more):
        reserved = _RESERVED_FILE | {"retained", "reason"} if kind == "intermediate" else _RESERVED_FILE
        if not type:
            raise StageIOError("there is no type")
        told = self._place.told(path, kind == "input")
        fields = self._own_fields(kind, meta, reserved)
        event = {"event": kind, "path": _name_to_json(told), "type": _text(type)}
        if label is not None:
            event["label"] = _text(label)
        self._tell({**event, **more, **fields})

    @_any_names("path", "type")
    def track_input(self, path, type, *, label=None, **meta):
        """A file or directory that the stage uses: track_input(path, "audio", format="wav").

        type: what it is. meta: custom metadata for the manifest, any names and values. One that does not
        exist is recorded as missing; one that is tracked again replaces what was said before. Under a runner
        a change of it runs the stage again."""
        self._track("input", path, type, label, meta)

    @_any_names("path", "type")
    def track_output(self, path, type, *, label=None, **meta):
        """A file or directory that the stage made: track_output(path, "transcript", segments=12).

        It must exist when the stage has succeeded."""
        self._track("output", path, type, label, meta)

    @_any_names("path", "retained", "reason")
    def track_intermediate(self, path, retained=True, reason="", *, label=None, **meta):
        """A file on the way. retained=False: it is removed when the stage succeeds; True: it is kept, and a
        runner gives it to the next attempt. reason: why it exists or is kept."""
        self._track("intermediate", path, "intermediate", label, meta,
                    retained=bool(retained), reason=_text(reason))

    def _track_modules(self):
        """A changed module is a changed program."""
        for path in _own_modules(self._place.root) if self._place.root else ():
            if path not in self._modules:
                self._modules.add(path)
                self._track("input", path, "program", None, {})

    def _track_last_modules(self):
        if self._pid == os.getpid():  # not so a process that was forked
            try:
                self._track_modules()
            except OSError:
                pass  # nobody is there any more to hear of it

    def set_config(self, config):
        """What the stage was configured with, a dict. What was set before stays unless it is named again."""
        self._tell({"event": "config", "values": _fields(config)})

    def add_config(self, name, value):
        """One more item of the configuration."""
        self.set_config({name: value})

    def add_error(self, message, exc=None):
        """An error for the manifest and the logs, with the exception that caused it."""
        self._tell({"event": "error", "message": _text(message),
                    "exception_type": None if exc is None else type(exc).__name__,
                    "exception_detail": None if exc is None else _text(exc), "time": _now()})

    def add_warning(self, message):
        """A warning for the manifest and the logs: the stage goes on."""
        self._tell({"event": "warning", "message": _text(message), "time": _now()})

    def progress(self, fraction, message=""):
        """How far the stage is, 0 to 1: shown live by a runner, recorded nowhere."""
        if not 0 <= fraction <= 1:
            raise StageIOError(f"a progress of {fraction} is not between 0 and 1")
        self._tell({"event": "progress", "fraction": _value(fraction), "message": _text(message)})

    def resource(self, **values):
        """What the stage measured of itself: resource(gpu_used="A100", watts=230). What is measured of the
        process anyway (cpu_percent, memory_mb ...) wins over a value of that name."""
        self._tell({"event": "resource", "values": self._own_fields("resource", values, _RESERVED_RESOURCE)})

    @contextlib.contextmanager
    def phase(self, name):
        """A part of the stage: with stage_io.phase("load model"): ...

        Listed in resources.phases, with its time, the CPU that this process and the children it waited for
        used, and the most memory that one of them had."""
        started, begun, usage, resident = _now(), time.monotonic(), _usage(), _resident_mb()
        try:
            yield
        finally:
            now = _usage()
            cpu = sum(now[part] - usage[part] for part in ("cpu_user_seconds", "cpu_system_seconds"))
            # the peak is that of the process: where it did not grow, there was at least what was held at the ends
            memory = now["memory_mb"] if now["memory_mb"] > usage["memory_mb"] else max(resident, _resident_mb())
            self._tell({"event": "phase", "name": _text(name), "started": started,
                        "seconds": _value(round(time.monotonic() - begun, 6)),
                        "cpu_seconds": _value(round(cpu, 6)), "memory_mb": _value(round(memory, 1))})

    def cost(self, amount, currency, what, quantity=None, unit=None):
        """Money: cost(0.12, "USD", "api calls"), and of how much that is the price: 1200, "tokens"."""
        if not math.isfinite(amount) or not math.isfinite(quantity or 0):
            raise StageIOError("a cost is no finite number")
        if (quantity is None) != (unit is None):
            raise StageIOError("quantity and unit of a cost go together")
        event = {"event": "cost", "amount": _value(float(amount)), "currency": _text(currency), "what": _text(what)}
        if unit is not None:
            event.update(quantity=_value(float(quantity)), unit=_text(unit))
        self._tell(event)

    @_any_names("status")
    def finalize(self, status="success", **extra):
        """How the stage ended: "success", "failed" or "skipped", with further fields for the manifest:
        finalize("success", segments_count=12), finalize("failed", error_message="no model"),
        finalize("skipped", reason="disabled by user").

        Outputs and intermediates are hashed now, if there is no runner to do it; then a success whose outputs
        do not all exist is recorded as failed, and raised. Under a runner a stage that says failed has failed,
        whatever its exit code is. Logging is possible afterwards; a later call replaces the status and adds to
        the fields."""
        if status not in ("success", "failed", "skipped"):
            raise StageIOError(f"'{status}' is none of success, failed, skipped")
        fields = self._own_fields("finalize", extra, _RESERVED_MANIFEST)
        self._track_modules()
        atexit.unregister(self._track_last_modules)
        self._tell({"event": "finalize", "status": status, "fields": fields})

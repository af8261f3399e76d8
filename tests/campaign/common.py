"""What the campaigns about crashes, faults and damage share: pipelines with an oracle, runs under hard
limits, the check of a job, and how long to go on.

The oracle is naive: it executes the commands of a pipeline with sh, one after the other, in an empty
directory, and knows nothing of restage but how the two placeholders look. An output that a failing command
would have made stays as it was before, and what needs it is not made.

Every pipeline has one source file in two versions, A and B, so that a rebuild is to write the other version:
the tree stays in place, with all that restage remembers of it.
"""
import argparse
import glob
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import tempfile

import timebox

RESTAGE = os.path.abspath(os.environ.get("RESTAGE", "build/dev/restage"))
SOURCE = "in.txt"
VERSIONS = {"A": b"first\nversion\n", "B": b"the second version\n"}
ENV = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC0",
       "HOME": "/nonexistent"}


class Stage:
    """One stage: its command with {{input.X}} and {{output.X}}, its outputs, and its inputs, which are the
    source or another stage's output, as STAGE.LABEL. `temporary` has labels of outputs."""

    def __init__(self, name, command, inputs, outputs, temporary=()):
        self.name, self.command, self.inputs, self.outputs = name, command, inputs, outputs
        self.temporary = temporary

    def ini(self):
        lines = [f"[stage:{self.name}]", f"command = {self.command}", "track_command = no"]
        for label, path in self.inputs.items():
            lines.append(f"input.{label} = " + (path if path == SOURCE else "{{%s}}" % path))
        lines += [f"output.{label} = {path}" for label, path in self.outputs.items()]
        lines += [f"output.{label}.temporary = yes" for label in self.temporary]
        return "\n".join(lines) + "\n"


class Pipeline:
    """Stages in the order of their definition, which is one in which they can run."""

    def __init__(self, name, stages, fails_on=None):
        self.name, self.stages, self.fails_on = name, stages, fails_on

    def write(self, root):
        os.makedirs(root, exist_ok=True)
        text = f"[pipeline]\nname = {self.name}\n" + "".join(stage.ini() for stage in self.stages)
        with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(text)

    def place(self, number):
        return f"out/{self.name}/{number + 1:02}_{self.stages[number].name}"

    def outputs(self):
        """-> {path of an output in the job: (stage, label)}"""
        return {os.path.join(self.place(i), path.rstrip("/")): (stage.name, label)
                for i, stage in enumerate(self.stages) for label, path in stage.outputs.items()}

    def temporary(self):
        """Paths of those that are gone when a run has ended well."""
        return {os.path.join(self.place(i), stage.outputs[label].rstrip("/"))
                for i, stage in enumerate(self.stages) for label in stage.temporary}

    def exit_code(self, version):
        return 1 if self.fails_on == version else 0

    def expect(self, *history):
        """What the outputs hold after runs with these versions of the source. -> {path: content}"""
        key = self.name, history
        if key not in _expected:
            with tempfile.TemporaryDirectory(prefix="restage-oracle.") as root:
                for version in history:
                    self._rebuild(root, version)
                _expected[key] = {path: read_tree(os.path.join(root, path))
                                             for path in self.outputs()}
        return _expected[key]

    def _rebuild(self, root, version):
        set_source(root, version)
        made, failed = {}, set()
        for number, stage in enumerate(self.stages):
            needs = {path.split(".")[0] for path in stage.inputs.values()}
            if needs & failed:
                failed.add(stage.name)
                continue
            fresh = os.path.join(root, "fresh")
            names = {}
            for label, path in stage.inputs.items():
                names["input." + label] = made.get(path, path)
            for label, path in stage.outputs.items():
                names["output." + label] = os.path.join("fresh", path.rstrip("/"))
                os.makedirs(os.path.dirname(os.path.join(root, names["output." + label])), exist_ok=True)
                if path.endswith("/"):
                    os.makedirs(os.path.join(root, names["output." + label]))
            command = re.sub(r"\{\{(.*?)\}\}", lambda match, n=names: n[match[1]], stage.command)
            code = subprocess.call(["sh", "-c", command], cwd=root, env=ENV, stderr=subprocess.DEVNULL)
            if code:
                failed.add(stage.name)
            else:
                for label, path in stage.outputs.items():
                    final = os.path.join(self.place(number), path.rstrip("/"))
                    remove(os.path.join(root, final))
                    os.makedirs(os.path.dirname(os.path.join(root, final)), exist_ok=True)
                    os.rename(os.path.join(root, names["output." + label]), os.path.join(root, final))
                    made[f"{stage.name}.{label}"] = final
            remove(fresh)


_expected = {}


def _sed(name, source, **more):
    return Stage(name, "sed s/^/%s-/ {{input.i}} >{{output.o}}" % name, {"i": source},
                 {"o": more.get("to", name + ".out")}, more.get("temporary", ()))


CHAIN = Pipeline("chain", [
    _sed("a", SOURCE),
    _sed("b", "a.o", to="deep/er/b.out"),
    Stage("c", "cat {{input.i}} >{{output.o}}; wc -c <{{input.i}} >{{output.n}}", {"i": "b.o"},
          {"o": "c.out", "n": "count"})])
DIAMOND = Pipeline("diamond", [
    _sed("top", SOURCE),
    Stage("left", "split -l 1 {{input.i}} {{output.d}}/part.", {"i": "top.o"}, {"d": "parts/"}),
    _sed("right", "top.o"),
    Stage("join", "cat {{input.d}}/* {{input.r}} >{{output.o}}", {"d": "left.d", "r": "right.o"},
          {"o": "join.out"})])
WIDE = Pipeline("wide", [_sed(f"w{i:02}", SOURCE) for i in range(20)])
FAILING = Pipeline("failing", [
    _sed("before", SOURCE),
    Stage("bad", "sed s/^/bad-/ {{input.i}} >{{output.o}}; ! grep -q second {{input.i}}",
          {"i": "before.o"}, {"o": "bad.out"}),
    _sed("after", "bad.o"),
    _sed("beside", "before.o")], fails_on="B")
SPENT = Pipeline("spent", [
    _sed("a", SOURCE, temporary=("o",)),
    _sed("b", "a.o", temporary=("o",)),
    Stage("c", "cat {{input.a}} {{input.b}} >{{output.o}}", {"a": "a.o", "b": "b.o"}, {"o": "c.out"})])
PIPELINES = [CHAIN, DIAMOND, WIDE, FAILING]


def set_source(root, version):
    with open(os.path.join(root, SOURCE), "wb") as file:
        file.write(VERSIONS[version])


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def read_tree(path):
    """Bytes of a file, {name: bytes} of a directory, None if it is not there."""
    if os.path.isdir(path):
        return {name: read_tree(os.path.join(path, name)) for name in sorted(os.listdir(path))}
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def limits():
    """Of every program that a campaign starts: no core, no flood, no endless loop."""
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, 120),
                       (resource.RLIMIT_FSIZE, 1 << 30)):
        soft = min(most, resource.getrlimit(what)[1]) if resource.getrlimit(what)[1] >= 0 else most
        resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))


class Ended:
    """How a program ended: code (negative: the signal; None: it hung and was killed), stdout, stderr."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"code {self.code}, stdout {self.out[-300:]!r}, stderr {self.err[-600:]!r}"


def execute(argv, root, env=None, timeout=60, stdin=subprocess.DEVNULL):
    """Runs a program in a session of its own, which is killed as a whole should it hang."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(argv, cwd=root, env={**ENV, **(env or {})}, stdin=stdin, stdout=out,
                                 stderr=err, start_new_session=True, preexec_fn=limits)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            code = None
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Ended(code, *texts)


def restage(root, *args, **more):
    return execute([RESTAGE, *args], root, **more)


def find_left_overs(root):
    """Work directories, files aside and the mark of a run under way: none may be there between runs."""
    found = []
    for base, dirs, files in os.walk(os.path.join(root, "out")):
        for name in dirs + files:
            is_ours = name.startswith(".") and name != ".restage"
            is_ours = is_ours or name.startswith("spare-") and base.endswith("/.restage")
            if is_ours or name.endswith(".tmp") or (name == "open" and base.endswith("/.restage")):
                found.append(os.path.relpath(os.path.join(base, name), root))
    return found


def check_whole(root, pipeline, states):
    """No torn file: each output at its place is as in one of the states. -> what is wrong"""
    wrong = []
    for path in pipeline.outputs():
        content = read_tree(os.path.join(root, path))
        if content is not None and all(content != state[path] for state in states):
            wrong.append(f"{path} is torn: {content!r}")
    return wrong


def check_done(root, pipeline, version, expected, env=None):
    """Runs until it is done, and once more. -> what is wrong: of the exit code, the bytes, what was left
    over, the manifests, and the second run"""
    code = pipeline.exit_code(version)
    ended = restage(root, "-k", env=env)
    wrong = [] if ended.code == code else [f"the next run: {ended}"]
    gone = pipeline.temporary()
    for path, content in expected.items():
        content = None if path in gone else content
        got = read_tree(os.path.join(root, path))
        if got != content:
            wrong.append(f"{path} is {got!r}, not {content!r}")
    wrong += [f"left over: {name}" for name in find_left_overs(root)]
    for path in glob.glob(os.path.join(root, "out/*/*/manifest.json")):
        try:
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file)
                status, has_last = manifest["status"], "last_success" in manifest
        except (OSError, ValueError, KeyError) as error:
            wrong.append(f"{path}: {error!r}")
            continue
        # A failure stays told where nothing has to run, since the outputs are those of the last success.
        if status != "success" and not has_last and not (pipeline.fails_on and "_bad/" in path):
            wrong.append(f"{path} says {status}")
    again = restage(root, "-k", env=env)
    if again.code != code or (code == 0 and "nothing to do" not in again.out + again.err):
        wrong.append(f"the run after it: {again}")
    return wrong


class Box:
    """How much a campaign does: a number of cases, or seconds. Its seed is printed; 0 draws one."""

    def __init__(self, description, cases, seconds=None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--cases", type=int, default=cases)
        parser.add_argument("--seconds", type=float, default=seconds, help="stop after so long")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--part", default="1/1", help="2/5: of what can be listed, the second of five parts")
        self.args = parser.parse_args()
        self.time = timebox.Box(self.args.seconds)
        self.args.seed = self.args.seed or random.SystemRandom().getrandbits(31)
        self.random = random.Random(self.args.seed)
        self.cases = 0
        self.failures = []
        print(f"seed {self.args.seed}", flush=True)

    def choose(self, work):
        """What can be listed, in an order by the seed: all of it, or this part."""
        part, parts = map(int, self.args.part.split("/"))
        self.random.shuffle(work)
        return work[part - 1::parts]

    def is_over(self):
        return self.cases >= self.args.cases or (self.cases > 0 and self.time.is_over())

    def add(self, what, wrong):
        """Counts a case, and tells what was wrong with it."""
        self.cases += 1
        if wrong:
            self.failures.append(what)
            if len(self.failures) <= 20:
                shown = [text[:700] for text in wrong[:6]]
                print(f"FAILED {what}:", *shown, sep="\n  ", flush=True)
        return not wrong


class Scratch:
    """A directory for the campaign, removed at its end; kept if there was a failure and KEEP is set."""

    def __enter__(self):
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="restage-campaign."))
        return self.path

    def __exit__(self, *_):
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)

"""Random pipelines, and what they must come to: shared by the campaigns that compare with an oracle.

A Pipeline is a list of stages whose command is mix (mix.c). `wanted_of` and `value_of` say what a clean rebuild
would make, without running anything. `expect` says which stages a run must execute, and for which reasons it may:
a stage runs if and only if its settings, the set or the content of its inputs, or its outputs differ from what
its last success left. Nothing here is taken from restage.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

RESTAGE = os.environ.get("RESTAGE", "restage")
ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "XST-5:30",
               "TERM": "dumb"}
TIMEOUT = 120  # of anything that is started: only a hang takes so long


def mix_program():
    """mix as the build made it."""
    return os.environ.get("MIX") or os.path.join(os.environ["BUILD"], "tests/campaign/campaign_mix")


def fresh_directory(name, where=None):
    path = tempfile.mkdtemp(prefix=f"restage-{name}.", dir=where)
    return os.path.realpath(path)


def remove(path):
    shutil.rmtree(path, ignore_errors=True)


def restage(root, *args, environment=None, check=None, **options):
    """Runs restage in root; fails the campaign if it hangs or, with check, exits otherwise."""
    done = subprocess.run([RESTAGE, *map(str, args)], cwd=root, env={**ENVIRONMENT, **(environment or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False,
                          **options)
    done.text = done.stderr.decode(errors="replace")
    if check is not None and done.returncode != check:
        raise AssertionError(f"restage {args}: exit {done.returncode}, expected {check}: {done.text}")
    return done


def executed(done):
    """The stages that a run executed or restored, by what it said."""
    return set(re.findall(r"^(\S+): (?:running \(|restored from )", done.text, re.M))


def content(path):
    """bytes of a file, a dict of a directory, None if there is nothing."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except IsADirectoryError:
        return {name: content(os.path.join(path, name)) for name in os.listdir(path)}
    except (FileNotFoundError, NotADirectoryError):
        return None


class Stage:
    """inputs: (kind, what) with kind file, dir, glob, optional, up; outputs: letters of mix's kinds."""

    def __init__(self, name, inputs, outputs, mode, salt):
        self.name, self.inputs, self.outputs, self.mode, self.salt = name, inputs, outputs, mode, salt
        self.config, self.env, self.uses_pass, self.comment = 0, None, False, ""
        self.each = None  # the glob of a foreach

    def settings(self, passed):
        return {"command": (self.mode, self.salt, tuple(self.outputs)), "config": self.config,
                "env": (self.env, passed if self.uses_pass else None)}


class Pipeline:
    def __init__(self, random, root):
        self.random, self.root, self.passed = random, root, "0"
        self.stages, self.order, self.records, self.failed = [], [], {}, set()
        self.number = 0
        for name in ("bin", "in", "opt", "each", "dirs/a/sub", "dirs/b", "many", "link"):
            os.makedirs(os.path.join(root, name))
        shutil.copy(mix_program(), os.path.join(root, "bin/mix"))
        for path in ("in/a", "in/b", "in/c", "each/x.t", "each/y.t", "dirs/a/1", "dirs/a/sub/2", "dirs/b/1",
                     "many/1.t", "many/2.t"):
            self.write(path, self.text())
        os.symlink("../in/a", os.path.join(root, "link/l"))
        self.invent()
        self.write_definition()

    def at(self, path):
        return os.path.join(self.root, path)

    def write(self, path, data):
        with open(self.at(path), "wb") as file:
            file.write(data)

    def text(self):
        self.number += 1
        return b"%06d %02d" % (self.number, self.random.randrange(100))

    def invent(self):
        pick = self.random
        sources = [("file", "in/a"), ("file", "in/b"), ("file", "in/c"), ("dir", "dirs/a"), ("dir", "dirs/b"),
                   ("glob", "many/*.t"), ("optional", "opt/o"), ("file", "link/l")]
        count = pick.randint(2, 9)
        for i in range(count):
            above = [("up", s.name, k) for s in self.stages for k in range(len(s.outputs))]
            inputs = []
            for _ in range(pick.randint(1, 3)):
                choice = pick.choice(above) if above and pick.random() < 0.6 else pick.choice(sources)
                if choice not in inputs:
                    inputs.append(choice)
            outputs = [pick.choice("fffodu") for _ in range(pick.randint(1, 2))]
            stage = Stage(f"s{i}", inputs, outputs, pick.choice("ffl"), i)
            if pick.random() < 0.2:
                stage.each = "each/*.t"
            if pick.random() < 0.3:
                stage.env = "0"
            stage.uses_pass = pick.random() < 0.2
            self.stages.append(stage)
        self.order = [s.name for s in self.stages]

    def stage(self, name):
        return next(s for s in self.stages if s.name == name)

    def write_definition(self):
        lines = ["[pipeline]", "name = p"]
        for name in self.order:
            s = self.stage(name)
            outs = " ".join(f"{kind} {{{{output.o{k}}}}}" for k, kind in enumerate(s.outputs))
            ins = ["e"] if s.each else []
            ins += [f"i{k}" for k in range(len(s.inputs))]
            named = " ".join(f"{{{{input.{label}}}}}" for label in ins)
            lines += [s.comment, f"[stage:{name}]",
                      f"command = bin/mix {s.mode}{'p' if s.uses_pass else ''} {s.salt} {{{{config.c}}}} {outs} : {named}",
                      f"config.c = {s.config}"]
            if s.each:
                lines += [f"foreach.e = {s.each}", "input.e = {{each.e}}"]
            for k, ref in enumerate(s.inputs):
                where = f"{{{{{ref[1]}.o{ref[2]}}}}}" if ref[0] == "up" else ref[1]
                lines.append(f"input.i{k} = {where}")
                if ref[0] == "optional" or (ref[0] == "up" and self.stage(ref[1]).outputs[ref[2]] == "o"):
                    lines.append(f"input.i{k}.optional = yes")
            for k, kind in enumerate(s.outputs):
                lines.append(f"output.o{k} = out{k}")
                lines += {"o": [f"output.o{k}.optional = yes"], "u": [f"output.o{k}.update = yes"]}.get(kind, [])
            if s.env is not None:
                lines.append(f"env.MIX_ENV = {s.env}")
            if s.uses_pass:
                lines.append("pass_env = MIX_PASS")
        self.write("pipeline.ini", ("\n".join(lines) + "\n").encode())

    # what there is

    def matches(self, pattern):
        return sorted(glob.glob(pattern, root_dir=self.root), key=os.fsencode)

    def instances(self, stage):
        if not stage.each:
            return [(stage.name, None)]
        return [(f"{stage.name}/{os.path.basename(p)[:-2]}", p) for p in self.matches(stage.each)]

    def directory(self, instance):
        """Where a stage's outputs are now, also if its number has changed since: None if nowhere."""
        name, _, inner = instance.partition("/")
        found = [d for d in glob.glob(f"out/p/[0-9][0-9]_{name}", root_dir=self.root)]
        return os.path.join(self.root, found[0], inner) if len(found) == 1 else None

    def outputs_there(self, instance, stage):
        where = self.directory(instance)
        return [content(os.path.join(where, f"out{k}")) if where else None for k in range(len(stage.outputs))]

    # what a clean rebuild makes

    def number_of(self, stage, each, inputs):
        crc = 0

        def add(value):
            nonlocal crc
            if isinstance(value, dict):
                crc = zlib.crc32(b"d", crc)
                for name in sorted(value, key=os.fsencode):
                    crc = zlib.crc32(os.fsencode(name) + b"\0", crc)
                    add(value[name])
                crc = zlib.crc32(b"e", crc)
            elif value is not None:
                crc = zlib.crc32(b"f" + value + b"\0", crc)

        for text in (stage.env or "", self.passed if stage.uses_pass else "", str(stage.salt), str(stage.config)):
            crc = zlib.crc32(text.encode() + b"\0", crc)
        for _, value in inputs:
            add(value)
        return crc % 3 if stage.mode == "l" else crc

    @staticmethod
    def make(kind, number):
        if kind == "d":
            return {f"n{i}": b"%08x\n" % ((number + i) & 0xffffffff) for i in range(number % 3 + 1)}
        return b"%08x\n" % number if kind != "o" or number & 1 else None

    def inputs_of(self, stage, each, values):
        """[(path or name, content)] in the order of the command."""
        found = [(each, content(self.at(each)))] if each else []
        for ref in stage.inputs:
            if ref[0] == "up":
                above = self.stage(ref[1])
                mine = os.path.basename(each)[:-2] if each else None
                for name, _ in self.instances(above):
                    if each and above.each == stage.each and name.split("/")[1] != mine:
                        continue
                    found.append((f"{name}:{ref[2]}", values[name][ref[2]]))
            elif ref[0] == "glob":
                found += [(path, content(self.at(path))) for path in self.matches(ref[1])]
            else:
                found.append((ref[1], content(self.at(ref[1]))))
        return found

    def evaluate(self):
        """-> {instance: [content of each output]}, {instance: inputs}, all as a clean rebuild has them."""
        values, inputs = {}, {}
        for stage in self.stages:
            for name, each in self.instances(stage):
                inputs[name] = self.inputs_of(stage, each, values)
                number = self.number_of(stage, each, inputs[name])
                values[name] = [self.make(kind, number ^ k) for k, kind in enumerate(stage.outputs)]
        return values, inputs

    def closure(self, targets):
        """The stages that these need, with themselves."""
        wanted, todo = set(), list(targets)
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo += [ref[1] for ref in self.stage(name).inputs if ref[0] == "up"]
        return wanted

    # what a run must do

    def expect(self, wanted, failing=None):
        """-> {instance: reasons that are true} of those that must run, values, instances that fail or wait for one
        that does; records are brought up to date. `failing`: the stage that fails if it runs."""
        values, inputs = self.evaluate()
        must, stuck = {}, set()
        program = content(self.at("bin/mix"))
        for stage in (s for s in self.stages if s.name in wanted):
            for name, _ in self.instances(stage):
                now = {**stage.settings(self.passed), "names": [n for n, _ in inputs[name]],
                       "inputs": [c for _, c in inputs[name]] + [program]}
                there = self.outputs_there(name, stage)
                if any(n.rpartition(":")[0] in stuck for n, _ in inputs[name]):
                    stuck.add(name)
                    continue
                reasons = self.compare(self.records.get(name), now, there)
                if not reasons:
                    continue
                must[name] = reasons | ({"failed_before"} if name in self.failed else set())
                if stage.name == failing:
                    stuck.add(name)
                    self.failed.add(name)
                else:
                    self.failed.discard(name)
                    self.records[name] = (now, values[name])
        return must, values, stuck

    @staticmethod
    def compare(record, now, there):
        if record is None:
            return {"never_ran"}
        then, made = record
        reasons = set()
        if then["command"] != now["command"]:
            reasons.add("command_changed")
        if then["config"] != now["config"]:
            reasons |= {"config_changed", "command_changed"}
        if then["env"] != now["env"]:
            reasons.add("env_changed")
        if then["names"] != now["names"]:
            reasons |= {"input_added", "input_removed", "input_changed", "command_changed", "upstream_ran",
                        "definition_changed"}
        if then["inputs"] != now["inputs"]:
            reasons |= {"input_changed", "upstream_ran", "input_added", "input_removed"}
        if made != there:
            reasons |= {"output_changed", "output_missing"}
        return reasons


def fail(text):
    print(text, file=sys.stderr, flush=True)

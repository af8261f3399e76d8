"""Random pipelines that use every feature of the definition, and edits of their definitions: see agree.py.

A Step is a stage in a form that can be edited: `features` are the keys that it may have on top of command, inputs and
outputs, so that a failing walk can be told with as few of them as it needs (`skip`). Commands are mix.c, alone or in
a script of several lines, which reads hidden files, reports them, and makes what no line of the definition names.
"""
import copy
import json
import os
import re

import oracle

# What is known to be wrong and will be mended elsewhere: taken out of the generator as long as it stands here.
WAITING = set()

SOURCES = [("file", "in/a"), ("file", "in/b"), ("file", "in/c"), ("dir", "dirs/a"), ("dir", "dirs/b"),
           ("glob", "many/*.t"), ("optional", "opt/o"), ("file", "link/l"), ("time", "track/t"), ("exists", "track/x"),
           ("several", "in/a in/b")]
HIDDEN = ("deps/1", "deps/2", "deps/3")
LINES = {  # features that are a line each, with their values
    "description": ("one", "a longer one; with signs # and %"), "timeout": ("1m", "2h"), "grace": ("1", "5"),
    "retries": ("1", "2"), "threads": ("1", "2"), "memory": ("10M", "20M", "10M, 20M"),
    "pool": ("narrow", "wide:2, narrow"), "max_age": ("1000h",), "keep_failed": ("no",), "tags": ("even", "odd"),
    "allow_failure": ("yes",), "shell": ("sh -e -c", "bash -eo pipefail -c"), "output.o0.format": ("hex", "text"),
    "output.o0.type": ("number",), "output.o0.view": ("cat {{file}}", "cat < {{file}} | cat"),
    "version.tool": ("cat ver/1", "cat ver/2"), "env.MIX_ENV": ("0", "1", "2"),
    "config.d": ("a b", "c'd", '"'), "config.p": ("{{params.p}}", "{{params.q}}", "{{params.deep.r}}"),
    "pass_env": ("MIX_PASS",), "gpu": ("0", "1", "2"), "retry_delay": ("0",),
    "dir": ("work", "work", "work", "sub", "sub/deep", "./work", "{{root}}/sub/.", "."),
}
TO_ROOT = {  # by `dir`: how a command names what lies below the root
    "work": "{{root}}/", "sub": "../", "sub/deep": "../../", "./work": "../", "{{root}}/sub/.": "{{root}}/"}

EACH = ([("e", "each/*.t")], [("n", "a b c")], [("e", "each/*.t"), ("n", "a b")], [("n", "a b c"), ("m", "x y")],
        [("u", "{{tables.u}}")], [("g", "{{tables.u.g}}")], [("g", "{{tables.u.g}}"), ("n", "1..2")],
        [("l", "@lists/l")], [("n", "a b"), ("d", "{{each.n}}1 {{each.n}}2")])
OTHER = {"e": ("each/*.t", "each/x.t", "each/*"), "n": ("a b c", "a b", "b c", "c d e"), "l": ("@lists/l", "p q")}
RENUMBERS = ("edit_order", "edit_number", "edit_insert", "edit_remove", "edit_file")


class Step:
    def __init__(self, number, inputs, outputs, mode):
        self.id, self.name, self.salt, self.number = number, f"s{number}", number, None
        self.inputs, self.outputs, self.mode = inputs, outputs, mode  # an output: [kind, is it at the root?]
        self.config, self.is_enabled, self.is_included = 0, True, False
        self.names, self.excludes = "", ""
        self.each, self.features, self.after, self.hidden = [], {}, set(), {}
        self.listed, self.may_be_empty = None, False  # the directory whose files it has instances of: stage, output
        self.comment, self.is_script, self.intermediate = "", False, None
        self.temporary = set()  # numbers of outputs

    def can_be_referred_to(self, k):
        return self.outputs[k][0] != "gone"


class Everything(oracle.Pipeline):
    """skip: of ("stage", id) and ("feature", id, name): left out of what is written."""

    def __init__(self, random, root, skip=frozenset()):
        self.skip, self.params, self.option, self.defaults = skip, {"p": 1, "q": "0.5", "r": "x y"}, 0, 0
        self.next_id = 0
        super().__init__(random, root)

    # what there is at first

    def invent(self):
        for path in ("track", "deps", "ver", "dist", "sub/deep", "work", "lists"):
            os.makedirs(self.at(path))
        self.rows = [["r1", "g1", "c1"], ["r2", "g1", "c1"], ["r3", "g2", "c3"]]
        self.list = ["p", "q"]
        for path in (*HIDDEN, "track/t", "track/x", "ver/1", "ver/2", "sub/deep/x", "work/x"):
            self.write(path, self.text())
        for _ in range(self.random.randint(2, 7)):
            self.stages.append(self.new_step())
            self.write_definition()
            if self.is_mistaken():
                self.stages.pop()

    def is_mistaken(self):
        return oracle.restage(self.root, "check").returncode != 0

    def has(self, *what):
        return what not in self.skip

    def new_step(self, below=None):
        """Reads what stages before it make: those of the list, or (below) of its first so many."""
        pick, outputs = self.random, []
        above = [s for s in self.stages[:below] if s.is_enabled or "readers of disabled stages" not in WAITING]
        inputs = [self.new_input(above) for _ in range(pick.randint(1, 3))]
        for _ in range(pick.randint(1, 2)):
            outputs.append([pick.choice("fffodu"), pick.random() < 0.15])
        step = Step(self.next_id, list(dict.fromkeys(inputs)), outputs, pick.choice("ffl"))
        self.next_id += 1
        if pick.random() < 0.25:
            step.each = pick.choice(EACH)
            step.names = pick.choice(("", "", "x_", "y_"))
            step.excludes = pick.choice(("", "", "a", "g1", "q"))
            step.outputs = [[kind, False] for kind, _ in step.outputs]  # one place for all would be a mistake
        found = [("up", s.id, k) for s in above for k, (kind, _) in enumerate(s.outputs)
                 if kind == "d" and not s.each and not s.listed]  # else names would clash
        if found and pick.random() < 0.25 and "made lists" not in WAITING:
            step.listed, step.may_be_empty = pick.choice(found), pick.random() < 0.3
            step.each = pick.choice(([], [], [("n", "a b")]))
            # another name of n would match no instance of what it reads
            step.names, step.excludes = "" if step.each else pick.choice(("", "x_")), ""
            step.outputs = [[kind, False] for kind, _ in step.outputs]
        for name, values in LINES.items():
            if pick.random() < 0.12:
                step.features[name] = pick.choice(values)
        step.is_included = pick.random() < 0.2
        step.is_script = pick.random() < 0.4
        if above and pick.random() < 0.15:
            step.after.add(pick.choice(above).id)
        for how in ("depfile", "report", "side"):
            if pick.random() < 0.12:
                step.hidden[how] = pick.choice(HIDDEN)
        if pick.random() < 0.15:
            step.intermediate = pick.choice(("yes", "no"))
        if pick.random() < 0.1:
            step.number = pick.randint(1, 30)
        step.temporary = {k for k, (kind, _) in enumerate(outputs) if kind in "fdo" and pick.random() < 0.25}
        return step

    def new_input(self, above):
        pick = self.random
        made = [("up", s.id, k) for s in above for k in range(len(s.outputs))]
        return pick.choice(made) if made and pick.random() < 0.6 else pick.choice(SOURCES)

    # the definition

    def by_id(self, number):
        return next((s for s in self.stages if s.id == number), None)

    def present(self):
        return [s for s in self.stages if self.has("stage", s.id)]

    def has_versions(self, name):
        step = next(s for s in self.stages if s.name == name.split("/")[0])
        return "version.tool" in self.lines_of(step)

    def is_temporary(self, path):
        """Of a made file: is it temporary, or does it lie in what is?"""
        path = re.sub(r"^out/p/[0-9]+_", "", path)
        for step in self.present():
            for k in step.temporary if self.has("feature", step.id, "temporary") else ():
                if k < len(step.outputs) and step.outputs[k][0] != "u":
                    made = self.place(step, k)[9:] if step.outputs[k][1] and not self.each_of(step) else None
                    made = re.escape(made) if made else step.name + ("/[^/]+" if self.each_of(step) else "") + f"/out{k}"
                    if re.fullmatch(f"{made}(/.*)?", path):
                        return True
        return False

    def is_there(self, ref):
        if ref[0] != "up":
            return True
        maker = self.by_id(ref[1])
        return (maker is not None and self.has("stage", maker.id) and ref[2] < len(maker.outputs)
                and (maker.is_enabled or "readers of disabled stages" not in WAITING))

    def place(self, step, k):
        return f"{{{{root}}}}/dist/{step.id}.{k}" if step.outputs[k][1] and not self.each_of(step) else f"out{k}"

    def input_lines(self, step):
        lines = []
        for k, ref in enumerate(step.inputs):
            if not self.is_there(ref) or not self.has("feature", step.id, f"input.i{k}"):
                continue
            where = ref[1]
            if ref[0] == "up":
                where = f"{{{{{self.by_id(ref[1]).name}.o{ref[2]}}}}}"
            lines.append(f"input.i{k} = " + (where if ref[0] != "several" else where.replace(" ", "\n\t")))
            if ref[0] in ("optional", "exists") or (ref[0] == "up" and self.by_id(ref[1]).outputs[ref[2]][0] == "o"):
                lines.append(f"input.i{k}.optional = yes")
            if ref[0] in ("time", "exists"):
                lines.append(f"input.i{k}.track = {ref[0]}")
        for name, _ in self.each_of(step):
            if name in "ef":
                lines.append(f"input.{name} = {{{{each.{name}}}}}")
        return lines

    def each_of(self, step):
        """With what another stage makes, if that is there."""
        listed = step.listed
        if not listed or not self.has("feature", step.id, "listed") or not self.is_there(listed) \
                or self.by_id(listed[1]).outputs[listed[2]][0] != "d":
            return step.each
        return [*step.each, ("f", f"{{{{{self.by_id(listed[1]).name}.o{listed[2]}}}}}/*")]

    def hidden_of(self, step, how):
        return step.hidden.get(how) if self.has("feature", step.id, how) else None

    def command(self, step, inputs):
        """The lines of it. What `exists` tracks is asked for only, not read."""
        labels = [line.split(" = ")[0][6:] for line in inputs if "." not in line.split(" = ")[0][6:]]
        kinds = {f"i{k}": ref[0] for k, ref in enumerate(step.inputs)}
        named = [f"{{{{input.{label}}}}}" for label in labels if kinds.get(label) != "exists"]
        asked = [f"$(test -e {{{{input.{label}}}}} && echo /dev/null)" for label in labels if kinds.get(label) == "exists"]
        outs = " ".join(f"{kind} {{{{output.o{k}}}}}" for k, (kind, _) in enumerate(step.outputs))
        more = [f"{{{{each.{name}{' | stem' if name == 'f' else ''}}}}}" for name, _ in self.each_of(step) if name != "e"]
        more += [f"{{{{each.{name}.{'c' if name == 'u' else 'g'}}}}}" for name, _ in step.each if name in "ug"]
        if self.has_intermediate(step):
            outs += " f {{intermediate.m}}"
        mode = step.mode + ("p" if "pass_env" in self.lines_of(step) else "")
        config = "".join(["{{config.c}}", *(f":{part}" for part in more)])
        root = self.to_root(step)
        hidden = [root + self.hidden_of(step, how) for how in ("depfile", "report") if self.hidden_of(step, how)]
        run = f"{root}bin/mix {mode} {step.salt} {config} {outs} : {' '.join(named + asked + hidden)}"
        side = self.hidden_of(step, "side")
        if not (step.is_script and self.has("feature", step.id, "script")) and not hidden and not side:
            return [run]
        lines = [f"# {step.comment}", "if true; then", "", f"    {run}", "fi", "cat >/dev/null <<'EOT'", "; no comment",
                 "  EOT", "EOT"]
        if self.hidden_of(step, "depfile"):
            where = root + self.hidden_of(step, "depfile")
            if where.startswith("{{"):  # outputs that name the tree would be others after a move
                where = f"$(realpath --relative-to=. {where})"
            lines.append(f"printf 'x: %s\\n' {where} >{{{{stage.dir}}}}/x.d")
        if self.hidden_of(step, "report"):
            event = json.dumps({"event": "input", "path": root + self.hidden_of(step, "report"), "type": "more"})
            lines.append(f"printf '%s\\n' '{event}' >>\"$STAGEIO_EVENTS\"")
        if side:
            lines += ["echo side >\"$STAGEIO_OUTPUT_DIR/side\"",
                      "echo '{\"event\":\"output\",\"path\":\"side\",\"type\":\"side\"}' >>\"$STAGEIO_EVENTS\""]
        return lines

    def to_root(self, step):
        return TO_ROOT.get(self.lines_of(step).get("dir"), "")

    def has_intermediate(self, step):
        return step.intermediate and self.has("feature", step.id, "intermediate")

    def lines_of(self, step):
        return {name: value for name, value in step.features.items() if self.has("feature", step.id, name)}

    def stage_lines(self, step):
        inputs = self.input_lines(step)
        command = self.command(step, inputs)
        lines = ["", f"[stage:{step.name}]"]
        lines += ["command = " + command[0]] if len(command) == 1 else ["command =", *(f"\t{c}" if c else "" for c in command)]
        lines += [f"config.c = {step.config}", *inputs]
        for name, values in self.each_of(step):
            lines.append(f"foreach.{name} = " + values.replace(" ", "\n\t"))
            if name == "f" and step.may_be_empty:
                lines.append("foreach.f.empty = ok")
        for name, _ in self.each_of(step)[:1]:
            if step.names and self.has("feature", step.id, "names"):
                lines.append(f"foreach.{name}.name = {step.names}{{{{each.{name}{' | stem' if name == 'f' else ''}}}}}")
            if step.excludes and self.has("feature", step.id, "excludes"):
                lines.append(f"exclude = {name}={step.excludes}")
        for k, (kind, _) in enumerate(step.outputs):
            lines.append(f"output.o{k} = {self.place(step, k)}")
            lines += {"o": [f"output.o{k}.optional = yes"], "u": [f"output.o{k}.update = yes"]}.get(kind, [])
            if k in step.temporary and kind != "u" and self.has("feature", step.id, "temporary"):
                lines.append(f"output.o{k}.temporary = yes")
        if self.has_intermediate(step):
            lines += ["intermediate.m = work/m", f"intermediate.m.retained = {step.intermediate}"]
        for name, value in self.lines_of(step).items():
            if name == "version.tool":  # it runs there too, but for the work directory
                value = value.replace("ver/", self.to_root(step) + "ver/")
            lines.append(f"{name} = {value}")
        if self.hidden_of(step, "depfile"):
            lines.append("depfile = x.d")
        if self.hidden_of(step, "depfile") or self.hidden_of(step, "report"):
            lines.append("track_command = no")  # else what the command names were no secret
        after = [self.by_id(i).name for i in sorted(step.after) if self.is_there(("up", i, 0))]
        if after and self.has("feature", step.id, "after"):
            lines.append("after = " + ", ".join(after))
        if step.number and self.has("feature", step.id, "number"):
            lines.append(f"number = {step.number}")
        if not step.is_enabled:
            lines += ["enabled = no", "skip_reason = not today"]
        return lines

    def write_definition(self):
        stages = self.present()
        included = [s for s in stages if s.is_included and self.has("feature", s.id, "include")]
        lines = ["[pipeline]", "name = p", "description = all at once", "params_file = params.json",
                 "requires = 0.1", "keep_runs = 100", "budget = 1000000 EUR",
                 *(["include = more.ini"] if included else []),
                 "[params]", f"p = {self.params['p']}", "v = 0", "[env]", "COMMON = 1", "[pools]", "narrow = 1", "wide = 3", "gpu = 4, 6..7",
                 "[prices]", "cpu_hour = 1", "stage_hour = 1 EUR", "currency = USD",
                 "[defaults]", f"config.z = {self.defaults}", "pass_env = MIX_FAIL_NOT"]
        lines += ["[table:u]", "file = u.csv"]
        self.write("u.csv", "".join(",".join(row) + "\n" for row in [["k", "g", "c"], *self.rows]).encode())
        self.write("lists/l", ("\n".join(self.list) + "\n").encode())
        lines[-3:-2] = []  # a default that stages override would not count for them
        for step in stages:
            if step not in included:
                lines += self.stage_lines(step)
        self.write("pipeline.ini", ("\n".join(lines) + "\n").encode())
        self.write("more.ini", ("\n".join(line for s in included for line in self.stage_lines(s)) + "\n").encode())
        self.write("params.json", json.dumps({"q": self.params["q"], "deep": {"r": self.params["r"]}}).encode())

    # edits of it: each gives a word about what it did

    def readers(self, step):
        return [s for s in self.stages if step.id in s.after
                or any(ref[:2] == ("up", step.id) for ref in [*s.inputs, s.listed or ()])]

    def may_read(self, step):
        """Those that do not depend on it."""
        after, todo = set(), [step]
        while todo:
            one = todo.pop()
            if one.id not in after:
                after.add(one.id)
                todo += self.readers(one)
        return [s for s in self.stages if s.id not in after
                and (s.is_enabled or "readers of disabled stages" not in WAITING)]

    def edit_value(self, step):
        step.config = self.random.randrange(3)

    def edit_command(self, step):
        step.salt += 1000

    def edit_mode(self, step):
        step.mode = self.random.choice("fl")

    def edit_comment(self, step):
        step.comment = f"{self.random.random()}"

    def edit_script(self, step):
        step.is_script = not step.is_script

    def edit_feature(self, step):
        name = self.random.choice(sorted(LINES))
        if name in step.features and self.random.random() < 0.5:
            del step.features[name]
        else:
            step.features[name] = self.random.choice(LINES[name])
        return name

    def edit_hidden(self, step):
        how = self.random.choice(("depfile", "report", "side"))
        if step.hidden.pop(how, None) is None:
            step.hidden[how] = self.random.choice(HIDDEN)
        return how

    def edit_temporary(self, step):
        step.temporary ^= {self.random.randrange(len(step.outputs))}

    def edit_intermediate(self, step):
        step.intermediate = self.random.choice((None, "yes", "no"))

    def edit_inputs(self, step):
        what = self.random.choice(("shuffle", "add", "drop"))
        if what == "shuffle":
            self.random.shuffle(step.inputs)
        elif what == "add":
            ref = self.new_input(self.may_read(step))
            step.inputs += [ref] if ref not in step.inputs else []
        elif len(step.inputs) > 1:
            step.inputs.pop()
        return what

    def edit_outputs(self, step):
        if self.random.random() < 0.5 and len(step.outputs) > 1:
            step.outputs.pop()
            return "drop"
        k = self.random.randrange(len(step.outputs))
        if step.outputs[k][0] == "u":  # mix would find a directory there, which is its own mistake
            return None
        step.outputs[k] = [self.random.choice("fod"), self.random.random() < 0.2]
        return "other"

    def edit_instances(self, step):
        step.each = [(name, self.random.choice(OTHER.get(name, (value,)))) for name, value in step.each]
        if self.random.random() < 0.2:
            step.each = [] if step.each else self.random.choice(EACH)

    def edit_names(self, step):
        if not step.listed or not step.each:
            step.names = self.random.choice(("", "x_", "y_"))

    def edit_excludes(self, step):
        step.excludes = self.random.choice(("", "a", "b", "g1", "r2", "q"))

    def edit_sheet(self, _):
        before, what = copy.deepcopy((self.rows, self.list)), self.random.choice(("add", "drop", "cell", "order", "list"))
        if what == "add":
            self.rows.append([f"r{len(self.rows) + self.random.randrange(9)}", self.random.choice(("g1", "g3")), "c9"])
        elif what == "drop" and len(self.rows) > 1:
            self.rows.pop(self.random.randrange(len(self.rows)))
        elif what == "cell":
            self.random.choice(self.rows)[self.random.randint(1, 2)] = self.random.choice(("g1", "g2", "g4"))
        elif what == "order":
            self.random.shuffle(self.rows)
        else:
            self.list = self.random.choice((["p", "q"], ["q", "p", "s"], ["s"]))
        self.write_definition()
        if self.is_mistaken():
            self.rows, self.list = before
        return what

    def edit_order(self, step):
        self.stages.remove(step)
        self.stages.insert(self.random.randint(0, len(self.stages)), step)

    def edit_number(self, step):
        step.number = None if step.number else self.random.randint(1, 30)

    def edit_rename(self, step):
        step.name = f"s{step.id}{self.random.choice(('', 'x', 'y', '_z'))}"

    def edit_insert(self, _):
        where = self.random.randint(0, len(self.stages))
        self.stages.insert(where, self.new_step())

    def edit_remove(self, step):
        if len(self.stages) > 2:
            self.stages.remove(step)

    def edit_enabled(self, step):
        step.is_enabled = not step.is_enabled

    def edit_file(self, step):
        step.is_included = not step.is_included

    def edit_after(self, step):
        found = self.may_read(step)
        step.after = set() if step.after or not found else {self.random.choice(found).id}

    def edit_params(self, _):
        name = self.random.choice(sorted(self.params))
        self.params[name] = self.random.choice(("1", "2", "x y", "0.50"))

    def edit_defaults(self, _):
        self.defaults = self.random.randrange(3)

    def edit_pass(self, _):
        self.passed = str(self.random.randrange(3))

    def edit_nothing(self, _):
        """The same definition, written anew."""

    EDITS = [edit_value, edit_value, edit_command, edit_mode, edit_comment, edit_script, edit_feature, edit_feature,
             edit_feature, edit_hidden, edit_intermediate, edit_temporary,
             edit_temporary, edit_inputs, edit_inputs, edit_outputs, edit_instances,
             edit_names, edit_names, edit_excludes, edit_sheet, edit_sheet,
             edit_order, edit_order, edit_number, edit_rename, edit_insert, edit_remove, edit_enabled, edit_enabled,
             edit_file, edit_after, edit_params, edit_defaults, edit_pass, edit_nothing]

    def edit(self):
        """One of them. -> what it was"""
        edit, step = self.random.choice(self.EDITS), self.random.choice(self.stages)
        if "renumbering" in WAITING and edit.__name__ in RENUMBERS:
            return None
        before = copy.deepcopy(self.stages)
        detail = edit(self, step)
        self.write_definition()
        if self.is_mistaken():  # instances that a reader has and its maker has not, say
            self.stages = before
            self.write_definition()
        return f"{edit.__name__[5:]} {step.name}" + (f" {detail}" if detail else "")

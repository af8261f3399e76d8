"""restage and its peers: how each one is found, told about a graph, and asked to build it.

A tree holds the inputs in in/ and the definition in the tool's own language. Peers put their outputs
into out/, restage where it wants to.
"""
import os
import re
import shutil
import subprocess

from graphs import SCRIPT, SCRIPT_TEXT, SHAPES, source_text

JOB = "bench"


def write_source(tree, name, version):
    with open(os.path.join(tree, "in", name + ".txt"), "wb") as file:
        file.write(source_text(name, version))


def input_paths(stage):
    return [f"in/{name}.txt" for name in stage.sources] + [f"out/{name}.txt" for name in stage.needs]


def render(graph, inputs, output):
    return graph.command.replace("{in}", inputs).replace("{out}", output)


class Tool:
    name = ""
    looks_at_content = False  # an input with a new time stamp and the same content reruns nothing
    definition = ""
    shapes = tuple(shape for shape in SHAPES if shape != "foreach")

    def __init__(self, program):
        self.program = program

    @classmethod
    def find(cls):
        program = shutil.which(cls.name)
        return cls(program) if program else None

    def version(self):
        done = subprocess.run([self.program, "--version"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        found = re.search(rb"\d+(\.\d+)+", done.stdout)
        return found.group().decode() if found else "unknown"

    def write(self, tree, graph):
        """The definition and the inputs, in a directory that is empty or not there."""
        os.makedirs(os.path.join(tree, "in"))
        for name in graph.source_names():
            write_source(tree, name, 0)
        if graph.shape == "many":
            with open(os.path.join(tree, SCRIPT), "w", encoding="ascii") as file:
                file.write(SCRIPT_TEXT)
        with open(os.path.join(tree, self.definition), "w", encoding="ascii") as file:
            {"many": self.define_many, "foreach": self.define_foreach}.get(
                graph.shape, self.define)(graph, file)
        self.prepare(tree)

    def write_from(self, old, tree):
        """The same as write() in the tree old, which loses its inputs to the new one."""
        os.makedirs(tree)
        for name in ("in", SCRIPT, self.definition):
            if os.path.exists(os.path.join(old, name)):
                os.rename(os.path.join(old, name), os.path.join(tree, name))
        self.prepare(tree)

    def prepare(self, tree):
        os.mkdir(os.path.join(tree, "out"))

    def define(self, graph, file):
        """Each stage by its name."""
        raise NotImplementedError

    def define_many(self, graph, file):
        """One stage that needs all that is in in/; where a tool cannot say that, each by its name."""
        self.define(graph, file)

    def define_foreach(self, graph, file):
        """One rule for all that is in in/."""
        raise NotImplementedError

    def build(self, jobs):
        raise NotImplementedError

    def plan(self):
        """Says what would run; None: the tool cannot."""
        return None

    def draw(self):
        """Prints the graph; None: the tool cannot."""
        return None

    def outputs(self, tree, graph):
        """Paths of the outputs, in the order of graph.stages()."""
        return [os.path.join(tree, "out", stage.name + ".txt") for stage in graph.stages()]

    def records(self, output):
        """What must have been written about the stage of this output."""
        return ()


class Restage(Tool):
    name = "restage"
    looks_at_content = True
    definition = "pipeline.ini"
    shapes = SHAPES

    def prepare(self, tree):
        pass

    def define(self, graph, file):
        file.write("[pipeline]\nname = bench\n")
        for stage in graph.stages():
            paths = [f"in/{name}.txt" for name in stage.sources]
            paths += [f"{{{{s{name}.out}}}}" for name in stage.needs]
            file.write(f"\n[stage:s{stage.name}]\n"
                       f"command = {render(graph, '{{input.in}}', '{{output.out}}')}\n"
                       f"input.in = {(chr(10) + '    ').join(paths)}\n"
                       "output.out = out.txt\n")

    def define_many(self, graph, file):
        file.write("[pipeline]\nname = bench\n\n[stage:s000001]\n"
                   f"command = {render(graph, '', '{{output.out}}')}\n"
                   "input.in = in/*.txt\noutput.out = out.txt\n")

    def define_foreach(self, graph, file):
        file.write("[pipeline]\nname = bench\n\n[stage:file]\n"
                   f"command = {render(graph, '{{input.in}}', '{{output.out}}')}\n"
                   "foreach.file = in/*.txt\ninput.in = {{each.file}}\noutput.out = out.txt\n")

    def call(self, *args):
        return [self.program, "-f", self.definition, "--job", JOB, *args]

    def build(self, jobs):
        return self.call("run", f"-j{jobs}")

    def plan(self):
        return self.call("run", "-n")

    def draw(self):
        # also of a job that was never run, which may not be named
        return [self.program, "-f", self.definition, "graph", "--format", "dot", "--instances"]

    def stage_dirs(self, tree, graph):
        """In the order of graph.stages(). How wide the number before a name is, is restage's business."""
        job = os.path.join(tree, "out", JOB)
        dirs = {name.partition("_")[2]: os.path.join(job, name) for name in os.listdir(job)}
        if graph.shape == "foreach":
            return [os.path.join(dirs["file"], stage.name) for stage in graph.stages()]
        return [dirs.get("s" + stage.name, tree) for stage in graph.stages()]

    def outputs(self, tree, graph):
        return [os.path.join(path, "out.txt") for path in self.stage_dirs(tree, graph)]

    def records(self, output):
        path = os.path.dirname(output)
        return os.path.join(path, "manifest.json"), os.path.join(path, "stage.log")


class Make(Tool):
    name = "make"
    definition = "Makefile"
    shapes = SHAPES

    def define(self, graph, file):
        file.write(".PHONY: all\nall:")
        for stage in graph.stages():
            file.write(f" out/{stage.name}.txt")
        file.write("\n")
        for stage in graph.stages():
            inputs, output = " ".join(input_paths(stage)), f"out/{stage.name}.txt"
            file.write(f"{output}: {inputs}\n\t{render(graph, inputs, output)}\n")

    def define_many(self, graph, file):
        output = "out/000001.txt"
        file.write(f"{output}: $(wildcard in/*.txt)\n\t{render(graph, '', output)}\n")

    def define_foreach(self, graph, file):
        file.write(".PHONY: all\nall: $(patsubst in/%,out/%,$(wildcard in/*.txt))\n"
                   f"out/%.txt: in/%.txt\n\t{render(graph, '$<', '$@')}\n")

    def call(self, *args):
        # without the built-in rules, which would look for dozens of sources of every input
        return [self.program, "-rR", *args]

    def build(self, jobs):
        return self.call(f"-j{jobs}")

    def plan(self):
        return self.call("-n")


class Ninja(Tool):
    name = "ninja"
    definition = "build.ninja"
    shapes = SHAPES

    def define(self, graph, file):
        file.write(f"rule r\n command = {render(graph, '$in', '$out')}\n")
        for stage in graph.stages():
            file.write(f"build out/{stage.name}.txt: r {' '.join(input_paths(stage))}\n")

    define_foreach = define  # it has no such rules: a generator has to write each

    def build(self, jobs):
        return [self.program, f"-j{jobs}"]

    def plan(self):
        return [self.program, "-n"]

    def draw(self):
        return [self.program, "-t", "graph"]


class Samurai(Ninja):
    name = "samu"


class N2(Ninja):
    name = "n2"

    def plan(self):
        return None

    def draw(self):
        return None


class Tup(Tool):
    name = "tup"
    definition = "Tupfile"
    shapes = SHAPES

    @classmethod
    def find(cls):
        """Without fusermount3 tup leaves its file system mounted, and nobody can remove the tree."""
        return super().find() if shutil.which("fusermount3") else None

    def prepare(self, tree):
        super().prepare(tree)
        subprocess.run([self.program, "init"], cwd=tree, stdout=subprocess.DEVNULL, check=True)

    def define(self, graph, file):
        for stage in graph.stages():
            file.write(f": {' '.join(input_paths(stage))} |> {render(graph, '%f', '%o')} |> "
                       f"out/{stage.name}.txt\n")

    def define_many(self, graph, file):
        file.write(f": in/*.txt |> {render(graph, '', '%o')} |> out/000001.txt\n")

    def define_foreach(self, graph, file):
        file.write(f": foreach in/*.txt |> {render(graph, '%f', '%o')} |> out/%B.txt\n")

    def build(self, jobs):
        return [self.program, f"-j{jobs}"]


class Doit(Tool):
    name = "doit"
    looks_at_content = True
    definition = "dodo.py"

    def define(self, graph, file):
        # a list is executed without a shell
        action = "command.split()" if graph.kind == "plain" else "command"
        file.write("STAGES = [\n")
        for stage in graph.stages():
            inputs, output = input_paths(stage), f"out/{stage.name}.txt"
            command = render(graph, " ".join(inputs), output)
            file.write(f"    ({stage.name!r}, {inputs!r}, {output!r}, {command!r}),\n")
        file.write("]\n\n\ndef task_stage():\n"
                   "    for name, inputs, output, command in STAGES:\n"
                   "        yield {'name': name, 'file_dep': inputs, 'targets': [output],\n"
                   f"               'actions': [{action}]}}\n")

    def build(self, jobs):
        return [self.program, "run", "-n", str(jobs), "-P", "thread", "-r", "zero"]


class Scons(Tool):
    name = "scons"
    looks_at_content = True
    definition = "SConstruct"

    def define(self, graph, file):
        command = render(graph, "$SOURCES", "$TARGET")
        file.write("env = Environment(tools=[])\nfor output, inputs in [\n")
        for stage in graph.stages():
            file.write(f"    ('out/{stage.name}.txt', {input_paths(stage)!r}),\n")
        file.write(f"]:\n    env.Command(output, inputs, {command!r})\n")

    def build(self, jobs):
        return [self.program, "-Q", f"-j{jobs}"]

    def plan(self):
        return [self.program, "-Q", "-n"]


class Snakemake(Tool):
    name = "snakemake"
    looks_at_content = True
    definition = "Snakefile"
    shapes = SHAPES

    def define(self, graph, file):
        file.write("INPUTS = {\n")
        for stage in graph.stages():
            file.write(f"    {stage.name!r}: {input_paths(stage)!r},\n")
        file.write("}\n\nrule all:\n    input: [f'out/{name}.txt' for name in INPUTS]\n\n"
                   "rule stage:\n"
                   "    input: lambda wildcards: INPUTS[wildcards.name]\n"
                   "    output: 'out/{name}.txt'\n"
                   f"    shell: {render(graph, '{input}', '{output}')!r}\n")

    def define_foreach(self, graph, file):
        file.write("NAMES, = glob_wildcards('in/{name}.txt')\n\n"
                   "rule all:\n    input: expand('out/{name}.txt', name=NAMES)\n\n"
                   "rule stage:\n    input: 'in/{name}.txt'\n    output: 'out/{name}.txt'\n"
                   f"    shell: {render(graph, '{input}', '{output}')!r}\n")

    def build(self, jobs):
        return [self.program, "-c", str(jobs), "-q", "all"]

    def plan(self):
        return [self.program, "-n"]

    def draw(self):
        return [self.program, "--dag"]


PEERS = (Ninja, Samurai, N2, Make, Tup, Doit, Scons, Snakemake)

"""restage and its peers: how each one is found, told about a graph, and asked to build it.

A tree holds the inputs in in/ and the definition in the tool's own language. Peers put their outputs
into out/, restage where it wants to.
"""
import os
import re
import shutil
import subprocess

from graphs import source_text

JOB = "bench"


def write_sources(tree, graph):
    os.makedirs(os.path.join(tree, "in"))
    for name in graph.source_names():
        write_source(tree, name, 0)


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
        os.makedirs(tree, exist_ok=True)
        write_sources(tree, graph)
        self.prepare(tree)
        with open(os.path.join(tree, self.definition), "w", encoding="ascii") as file:
            self.define(graph, file)

    def prepare(self, tree):
        os.mkdir(os.path.join(tree, "out"))

    def define(self, graph, file):
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

    def missing_records(self, tree, graph):
        """Names of what should have been written about the stages and was not."""
        return []


class Restage(Tool):
    name = "restage"
    looks_at_content = True
    definition = "pipeline.ini"

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

    def call(self, *args):
        return [self.program, "-f", self.definition, "--job", JOB, *args]

    def build(self, jobs):
        return self.call("run", f"-j{jobs}")

    def plan(self):
        return self.call("run", "-n")

    def draw(self):
        return self.call("graph", "--format", "dot")

    def stage_dirs(self, tree):
        """Stage name to directory: how wide the number before the name is, is restage's business."""
        job = os.path.join(tree, "out", JOB)
        return {name.partition("_s")[2]: os.path.join(job, name) for name in os.listdir(job)}

    def outputs(self, tree, graph):
        dirs = self.stage_dirs(tree)
        return [os.path.join(dirs.get(stage.name, tree), "out.txt") for stage in graph.stages()]

    def missing_records(self, tree, graph):
        dirs = self.stage_dirs(tree)
        paths = [os.path.join(dirs.get(stage.name, tree), record)
                 for stage in graph.stages() for record in ("manifest.json", "stage.log")]
        return [path for path in paths if not os.path.exists(path)]


class Make(Tool):
    name = "make"
    definition = "Makefile"

    def define(self, graph, file):
        file.write(".PHONY: all\nall:")
        for stage in graph.stages():
            file.write(f" out/{stage.name}.txt")
        file.write("\n")
        for stage in graph.stages():
            inputs, output = " ".join(input_paths(stage)), f"out/{stage.name}.txt"
            file.write(f"{output}: {inputs}\n\t{render(graph, inputs, output)}\n")

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

    def define(self, graph, file):
        file.write(f"rule r\n command = {render(graph, '$in', '$out')}\n")
        for stage in graph.stages():
            file.write(f"build out/{stage.name}.txt: r {' '.join(input_paths(stage))}\n")

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

    def define(self, graph, file):
        file.write("INPUTS = {\n")
        for stage in graph.stages():
            file.write(f"    {stage.name!r}: {input_paths(stage)!r},\n")
        file.write("}\n\nrule all:\n    input: [f'out/{name}.txt' for name in INPUTS]\n\n"
                   "rule stage:\n"
                   "    input: lambda wildcards: INPUTS[wildcards.name]\n"
                   "    output: 'out/{name}.txt'\n"
                   f"    shell: {render(graph, '{input}', '{output}')!r}\n")

    def build(self, jobs):
        return [self.program, "-c", str(jobs), "-q", "all"]

    def plan(self):
        return [self.program, "-n"]

    def draw(self):
        return [self.program, "--dag"]


PEERS = (Ninja, Samurai, N2, Make, Tup, Doit, Scons, Snakemake)

"""The graphs that the benchmark builds: which stage reads what, and what must come out of it.

wide     N independent stages with one input and one output each
chain    N stages in a row: the first reads a file, each other the one before it
layers   ten layers of N / 10 stages; each stage reads three files of the layer before it
many     one stage that reads N files; every one of them is declared
foreach  as wide, but the definition is one rule for whatever files are there
"""
import collections

SHAPES = ("wide", "chain", "layers", "many", "foreach")
LAYERS = 10

# What a stage does. "plain" can be executed as it stands, "redirect" needs two files opened first, and
# "shell" needs a shell.
KINDS = {
    "plain": "cp {in} {out}",
    "redirect": "tr a-z A-Z < {in} > {out}",
    "shell": "tr a-z A-Z < {in} | cat > {out}",
}
# cp has one source. This command has three, needs no shell either, and what it makes stays small
# through all layers: the union of the lines.
MERGE = "sort -u -o {out} {in}"
# The same over more files than a command line can hold.
SCRIPT = "merge.sh"
SCRIPT_TEXT = "find in -name '*.txt' -print0 | sort -u -o \"$1\" --files0-from=-\n"
MERGE_ALL = f"sh {SCRIPT} {{out}}"

Stage = collections.namedtuple("Stage", "name sources needs")  # sources: files, needs: other stages


def name_of(number):
    return f"{number:06d}"


def source_text(name, version):
    return f"input {name}, version {version:06d}\n".encode()


def merged(texts):
    return b"".join(sorted({line for text in texts for line in text.splitlines(keepends=True)}))


class Graph:
    """size: stages, but of 'many' files."""

    def __init__(self, shape, size, kind="plain"):
        if shape not in SHAPES or kind not in KINDS:
            raise ValueError(f"no shape {shape} or no kind {kind}")
        if shape == "layers":
            size = max(size // LAYERS, 3) * LAYERS
        self.shape = shape
        self.size = size
        self.kind = kind
        self.command = {"layers": MERGE, "many": MERGE_ALL}.get(shape, KINDS[kind])
        self.stage_count = 1 if shape == "many" else size
        self.source_count = {"chain": 1, "layers": size // LAYERS}.get(shape, size)
        self.made_of, self.made = None, None

    def source_names(self):
        return [name_of(number) for number in range(1, self.source_count + 1)]

    def stages(self):
        """Every stage after all that it needs."""
        for number in range(1, self.stage_count + 1):
            yield self.stage(number)

    def stage(self, number):
        name = name_of(number)
        if self.shape == "many":
            return Stage(name, self.source_names(), [])
        if self.shape == "chain" and number > 1:
            return Stage(name, [], [name_of(number - 1)])
        if self.shape != "layers":
            return Stage(name, [name], [])
        width = self.size // LAYERS
        layer, place = divmod(number - 1, width)
        # a set, because neighbours coincide in a narrow graph
        near = sorted({(place + step) % width for step in (0, 1, 7)})
        if layer == 0:
            return Stage(name, [name_of(other + 1) for other in near], [])
        return Stage(name, [], [name_of((layer - 1) * width + other + 1) for other in near])

    def products(self, versions):
        """What each stage's output must hold, in the order of stages(); versions maps the names of
        changed inputs to their version. The last answer is kept: the tools ask one after the other."""
        if self.made is None or self.made_of != versions:
            self.made_of, self.made = dict(versions), self.make(versions)
        return self.made

    def make(self, versions):
        made = {}
        for stage in self.stages():
            parts = [source_text(name, versions.get(name, 0)) for name in stage.sources]
            parts += [made[name] for name in stage.needs]
            if self.shape in ("layers", "many"):
                made[stage.name] = merged(parts)
            else:
                made[stage.name] = parts[0] if self.kind == "plain" else parts[0].upper()
        return list(made.values())

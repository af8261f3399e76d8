"""The graphs that the benchmark builds: which stage reads what, and what must come out of it.

wide     N independent stages with one input and one output each
chain    N stages in a row: the first reads a file, each other the one before it
layers   ten layers of N / 10 stages; each stage reads three files of the layer before it
"""
import collections

SHAPES = ("wide", "chain", "layers")
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

Stage = collections.namedtuple("Stage", "name sources needs")  # sources: files, needs: other stages


def name_of(number):
    return f"{number:06d}"


def source_text(name, version):
    return f"input {name}, version {version:06d}\n".encode()


class Graph:
    def __init__(self, shape, size, kind="plain"):
        if shape not in SHAPES or kind not in KINDS:
            raise ValueError(f"no shape {shape} or no kind {kind}")
        if shape == "layers":
            size = max(size // LAYERS, 3) * LAYERS
        self.shape = shape
        self.size = size
        self.kind = kind
        self.command = MERGE if shape == "layers" else KINDS[kind]
        self.source_count = {"wide": size, "chain": 1, "layers": size // LAYERS}[shape]

    def source_names(self):
        return [name_of(number) for number in range(1, self.source_count + 1)]

    def stages(self):
        """Every stage after all that it needs."""
        for number in range(1, self.size + 1):
            yield self.stage(number)

    def stage(self, number):
        name = name_of(number)
        if self.shape == "wide":
            return Stage(name, [name], [])
        if self.shape == "chain":
            return Stage(name, [name], []) if number == 1 else Stage(name, [], [name_of(number - 1)])
        width = self.size // LAYERS
        layer, place = divmod(number - 1, width)
        # a set, because neighbours coincide in a narrow graph
        near = sorted({(place + step) % width for step in (0, 1, 7)})
        if layer == 0:
            return Stage(name, [name_of(other + 1) for other in near], [])
        return Stage(name, [], [name_of((layer - 1) * width + other + 1) for other in near])

    def products(self, versions):
        """What each stage's output must hold, in the order of stages(); versions maps the names of
        changed inputs to their version."""
        made = {}
        for stage in self.stages():
            parts = [source_text(name, versions.get(name, 0)) for name in stage.sources]
            parts += [made[name] for name in stage.needs]
            if self.shape == "layers":
                lines = {line for part in parts for line in part.splitlines(keepends=True)}
                product = b"".join(sorted(lines))
            else:
                product = parts[0] if self.kind == "plain" else parts[0].upper()
            if self.shape != "wide":
                made[stage.name] = product
            yield product

"""What was measured, as Markdown."""
import datetime
import os
import statistics

WORKS = ("no-op", "one changed", "touched", "cold, plain", "cold, redirect", "cold, shell", "plan", "graph")
MEMORY_WORKS = ("no-op", "cold, plain", "plan")

# Goals against the fastest peer, by work; see goal_of() for the sizes they are meant for.
COLD_GOALS = {"cold, plain": 0.8, "cold, redirect": 0.8, "cold, shell": 1.1}
TOUCH_GOAL = 3.0    # times the own no-op
HASH_GOAL = 1.2     # times the speed of xxhsum
CONTENT_GOAL = 10   # times faster than any peer that looks at content
SNAKEMAKE_GOAL = 100


class Table:
    """The figures of one graph: seconds by work and tool, one a round, and what else there is to say."""

    def __init__(self, graph):
        self.graph = graph
        self.seconds = {}
        self.memory = {}
        self.notes = {}

    def add(self, work, tool, result):
        self.seconds.setdefault(work, {}).setdefault(tool, []).append(result.seconds)
        peaks = self.memory.setdefault(work, {})
        peaks[tool] = max(peaks.get(tool, 0), result.rss)

    def note(self, work, tool, text):
        self.seconds.setdefault(work, {})
        self.notes[work, tool] = text

    def median(self, work, tool):
        figures = self.seconds.get(work, {}).get(tool)
        return statistics.median(figures) if figures else None

    def fastest_peer(self, work):
        medians = {tool: self.median(work, tool) for tool in self.seconds[work] if tool != "restage"}
        return min(medians, key=medians.get, default=None)

    def ratio(self, work, tool, other):
        """Each round's figures are compared with each other, so that a machine that grows slower while
        it is measured does not favour anyone."""
        ours, theirs = (self.seconds.get(work, {}).get(name, []) for name in (tool, other))
        pairs = [one / two for one, two in zip(ours, theirs)]
        return statistics.median(pairs) if pairs else None

    def least_memory(self, work):
        peaks = {tool: peak for tool, peak in self.memory[work].items() if tool != "restage"}
        return min(peaks.values(), default=None)


def seconds_text(seconds):
    if seconds < 1:
        return f"{seconds * 1000:#.3g} ms".replace(". ", " ")
    return f"{seconds:#.3g} s".replace(". ", " ")


def ratio_text(ratio):
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def goal_of(table, work):
    """(text, reached): reached is None where nothing can be compared."""
    size = table.graph.size
    peer = table.fastest_peer(work)
    ratio = table.ratio(work, "restage", peer) if peer else None
    if work == "touched":
        noop, touched = table.median("no-op", "restage"), table.median(work, "restage")
        if not noop or not touched:
            return f"reruns 0, {TOUCH_GOAL:g} × own no-op", None
        reached = touched <= TOUCH_GOAL * noop and table.notes.get((work, "restage")) == "reran 0"
        return f"reruns 0, {TOUCH_GOAL:g} × own no-op ({touched / noop:.2f})", reached
    factor = COLD_GOALS.get(work)
    if table.graph.shape == "wide" and work == "no-op":
        factor = 0.4 if size >= 10000 else 1.0 if size <= 100 else None
    if table.graph.shape == "wide" and work == "one changed":
        factor = 0.5 if size >= 10000 else None
    if factor is None:
        return "", None
    return f"{factor:g} × fastest", None if ratio is None else ratio <= factor


def verdict(reached):
    return "" if reached is None else "yes" if reached else "**no**"


def time_rows(table, tools):
    for work in [work for work in WORKS if work in table.seconds]:
        fastest = table.fastest_peer(work)
        cells = []
        for tool in tools:
            median, note = table.median(work, tool), table.notes.get((work, tool), "")
            ratio = table.ratio(work, tool, fastest) if fastest else None
            text = "" if median is None else seconds_text(median)
            text += "" if ratio is None else f" ({ratio_text(ratio)})"
            cells.append(", ".join(part for part in (text, note) if part) or "–")
        text, reached = goal_of(table, work)
        yield [work, *cells, text, verdict(reached)]


def memory_rows(table, tools):
    for work in [work for work in MEMORY_WORKS if work in table.memory]:
        peaks = table.memory[work]
        least = table.least_memory(work)
        cells = []
        for tool in tools:
            ratio = f" ({ratio_text(peaks[tool] / least)})" if tool in peaks and least else ""
            cells.append(f"{peaks[tool] / 1e6:.1f} MB{ratio}" if tool in peaks else "–")
        reached = None
        is_due = table.graph.size >= 100000 and table.graph.shape == "wide"
        if is_due and {"restage", "ninja"} <= peaks.keys():
            reached = peaks["restage"] <= peaks["ninja"]
        yield [f"memory: {work}", *cells, "1 × ninja" if is_due else "", verdict(reached)]


def markdown_table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def graph_section(table, tools):
    head = ["", *tools, "goal", "reached"]
    return (f"### {table.graph.shape}, {table.graph.size:,} stages\n\n"
            + markdown_table(head, [*time_rows(table, tools), *memory_rows(table, tools)]))


def content_section(tables, tools):
    """Peers that look at content are compared with their no-op alone."""
    rows = []
    for table in tables:
        if table.graph.shape != "wide" or "no-op" not in table.seconds:
            continue
        ratios = {tool: table.ratio("no-op", tool, "restage") for tool in tools}
        ratios = {tool: ratio for tool, ratio in ratios.items() if ratio}
        is_due = table.graph.size >= 10000
        for tool, ratio in ratios.items():
            goal = SNAKEMAKE_GOAL if tool == "snakemake" else CONTENT_GOAL
            rows.append([f"{table.graph.size:,}", tool, f"{ratio:,.0f} ×", f"{goal} ×" if is_due else "",
                         verdict(ratio >= goal) if is_due else ""])
    if not rows:
        return ""
    return ("### No-op, against those that look at content\n\n"
            + markdown_table(["stages", "tool", "restage is faster by", "goal", "reached"], rows))


def growth_section(tables):
    """Time for each stage: what is linear stays the same, or falls while starting up still counts."""
    sizes = sorted({table.graph.size for table in tables})
    figures = {}
    for table in tables:
        for work in [work for work in WORKS if work in table.seconds]:
            median = table.median(work, "restage")
            if median:
                figures.setdefault((table.graph.shape, work), {})[table.graph.size] = median
    rows = [[f"{shape}: {work}", *(f"{by_size[size] / size * 1e6:.2f}" if size in by_size else "–"
                                   for size in sizes)]
            for (shape, work), by_size in figures.items()]
    if len(sizes) < 2 or not rows:
        return ""
    return ("### Growth: µs a stage, restage\n\n"
            + markdown_table(["", *(f"{size:,}" for size in sizes)], rows))


def hash_section(name, size, seconds):
    """seconds: restage's and xxhsum's, one a round."""
    if not seconds:
        return ""
    speeds = {tool: size / 2**30 / statistics.median(figures) for tool, figures in seconds.items()}
    ratio = None
    if len(seconds) == 2:
        ratio = statistics.median(theirs / ours
                                  for ours, theirs in zip(seconds["restage"], seconds[name]))
    rows = [[tool, f"{seconds_text(statistics.median(figures))}", f"{speeds[tool]:.1f} GiB/s"]
            for tool, figures in seconds.items()]
    text = f"### Hashing {size / 2**30:g} GiB of inputs\n\n" + markdown_table(["", "time", "speed"], rows)
    if ratio:
        text += (f"\nrestage is {ratio:.2f} × as fast; goal {HASH_GOAL} ×: "
                 f"{verdict(ratio >= HASH_GOAL)}\n")
    return text


def first_match(path, key):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return "unknown"


def file_system(path):
    """Type of the file system that path lies on: that of the longest mount point above it."""
    best = ("", "unknown")
    with open("/proc/self/mounts", encoding="utf-8") as file:
        for line in file:
            _, mount, kind = line.split()[:3]
            if os.path.commonpath([mount, path]) == mount and len(mount) >= len(best[0]):
                best = (mount, kind)
    return best[1]


def machine_section(directory, versions, runs, jobs, load):
    memory = int(first_match("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    return (f"{first_match('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} cores, "
            f"{memory:.0f} GiB, Linux {os.uname().release}, {file_system(directory)}; "
            f"{datetime.date.today().isoformat()}, load {load:.1f} as it began.\n"
            f"{', '.join(f'{tool} {version}' for tool, version in versions.items())}.\n"
            f"-j{jobs}; medians of {runs} rounds, in each of which every tool ran once. In brackets: "
            "times the fastest peer, or the peer with the least memory. Memory is that of the largest "
            "process. Every output was verified after every run.\n")


def full_report(machine, tables, tools, content_tools, hashing):
    parts = ["## Benchmark\n", machine,
             *(graph_section(table, tools) for table in tables),
             content_section(tables, content_tools), growth_section(tables), hashing]
    return "\n".join(part for part in parts if part)

"""What was measured in one sitting, and the file that keeps it.

The file is JSON: {"format": "restage.bench/1", "place": {…}, "figures": [{"shape", "size", "work", "tool",
"round", "seconds", "user", "system", "rss"}, …], "notes": [{"shape", "size", "work", "tool", "text"}, …],
"hashing": {"bytes", "seconds": {tool: [one a round]}}, "spent": {what: seconds}, "failures": [text, …]}.
place says which machine, tools, date, load and settings.
"""
import datetime
import json
import os
import statistics

FORMAT = "restage.bench/1"


class Table:
    """The figures of one graph: those of each round by work and tool, and what else there is to say."""

    def __init__(self, shape, size):
        self.shape, self.size = shape, size
        self.works = {}  # work to tool to round to figure
        self.notes = {}  # work and tool to text

    def add(self, figure):
        tools = self.works.setdefault(figure["work"], {})
        tools.setdefault(figure["tool"], {})[figure["round"]] = figure

    def note(self, work, tool, text):
        self.works.setdefault(work, {})
        self.notes[work, tool] = text

    def rounds(self, work, tool):
        return self.works.get(work, {}).get(tool, {})

    def median(self, work, tool):
        figures = [figure["seconds"] for figure in self.rounds(work, tool).values()]
        return statistics.median(figures) if figures else None

    def fastest_peer(self, work, tools=None):
        """tools: only of these."""
        medians = {tool: self.median(work, tool) for tool in self.works.get(work, {})
                   if tool != "restage" and (tools is None or tool in tools)}
        return min(medians, key=medians.get, default=None)

    def ratio(self, work, tool, other):
        """Each round's figures are compared with each other, so that a machine that grows slower while
        it is measured does not favour anyone."""
        ours, theirs = self.rounds(work, tool), self.rounds(work, other)
        pairs = [figure["seconds"] / theirs[number]["seconds"]
                 for number, figure in ours.items() if number in theirs]
        return statistics.median(pairs) if pairs else None

    def memory(self, work):
        """Bytes at most, by tool."""
        return {tool: max(figure["rss"] for figure in rounds.values())
                for tool, rounds in self.works.get(work, {}).items()}


class Part:
    """One sitting."""

    def __init__(self, place):
        self.place = place
        self.figures, self.notes, self.failures = [], [], []
        self.tables = {}  # shape and size to Table
        self.hashing = None
        self.spent = {}

    def table(self, shape, size):
        return self.tables.setdefault((shape, size), Table(shape, size))

    def add(self, graph, work, tool, number, result):
        self.take({"shape": graph.shape, "size": graph.size, "work": work, "tool": tool, "round": number,
                   "seconds": round(result.seconds, 7), "user": round(result.user, 6),
                   "system": round(result.system, 6), "rss": result.rss})

    def take(self, figure):
        self.figures.append(figure)
        self.table(figure["shape"], figure["size"]).add(figure)

    def note(self, graph, work, tool, text):
        """The last one of a graph, work and tool counts."""
        self.take_note({"shape": graph.shape, "size": graph.size, "work": work, "tool": tool,
                        "text": text})

    def take_note(self, note):
        self.notes.append(note)
        self.table(note["shape"], note["size"]).note(note["work"], note["tool"], note["text"])

    def save(self, path):
        value = {"format": FORMAT, "place": self.place, "figures": self.figures, "notes": self.notes,
                 "hashing": self.hashing, "spent": self.spent, "failures": self.failures}
        replace(path, json.dumps(value, indent=0, ensure_ascii=False) + "\n")


def load(path):
    with open(path, encoding="utf-8") as file:
        value = json.load(file)
    if value.get("format") != FORMAT:
        raise ValueError(f"{path}: not figures of this benchmark ({FORMAT})")
    part = Part(value["place"])
    for figure in value["figures"]:
        part.take(figure)
    for note in value["notes"]:
        part.take_note(note)
    part.hashing, part.spent, part.failures = value["hashing"], value["spent"], value["failures"]
    return part


def replace(path, text):
    """Whoever is cut off leaves the old file or the new one."""
    aside = f"{path}.{os.getpid()}"
    with open(aside, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(aside, path)


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


def place_of(directory, tools, args):
    """Where, when and how: see the file's format."""
    return {"processor": first_match("/proc/cpuinfo", "model name"),
            "cores": len(os.sched_getaffinity(0)),
            "memory": int(first_match("/proc/meminfo", "MemTotal").split()[0]) * 1024,
            "system": f"Linux {os.uname().release}", "file_system": file_system(directory),
            "date": datetime.datetime.now().astimezone().isoformat(" ", "minutes"),
            "load": round(os.getloadavg()[0], 2),
            "tools": {tool.name: tool.version() for tool in tools},
            "content_tools": [tool.name for tool in tools if tool.looks_at_content],
            "jobs": args.jobs, "runs": args.runs, "cold_runs": args.cold_runs,
            "patience": args.patience, "budget": args.budget}

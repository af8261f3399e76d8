"""What was measured, in one sitting or several, as Markdown."""
import statistics

import goals
from textual import markdown_table, ratio_text, seconds_text

WORKS = ("no-op", "one changed", "touched", "cold, plain", "cold, redirect", "cold, shell", "plan", "plan, built", "graph")
MEMORY_WORKS = ("no-op", "cold, plain", "plan")
UNITS = {"many": "inputs of one stage", "foreach": "stages, by one rule"}


def time_rows(table, tools, planned):
    for work in [work for work in WORKS if work in table.works]:
        fastest = table.fastest_peer(work)
        rounds = planned["cold_runs" if work.startswith("cold") else "runs"]
        cells = []
        for tool in tools:
            median, note = table.median(work, tool), table.notes.get((work, tool), "")
            ratio = table.ratio(work, tool, fastest) if fastest else None
            text = "" if median is None else seconds_text(median)
            text += "" if ratio is None else f" ({ratio_text(ratio)})"
            count = len(table.rounds(work, tool))
            fewer = f"{count} of {rounds} rounds" if 0 < count < rounds else ""
            cells.append(", ".join(part for part in (text, note, fewer) if part) or "–")
        yield [work, *cells]


def memory_rows(table, tools):
    for work in [work for work in MEMORY_WORKS if table.memory(work)]:
        peaks = table.memory(work)
        least = min((peak for tool, peak in peaks.items() if tool != "restage"), default=None)
        cells = []
        for tool in tools:
            ratio = f" ({ratio_text(peaks[tool] / least)})" if tool in peaks and least else ""
            cells.append(f"{peaks[tool] / 1e6:.1f} MB{ratio}" if tool in peaks else "–")
        yield [f"memory: {work}", *cells]


def graph_section(table, part):
    known = {tool for tools in table.works.values() for tool in tools}
    known |= {tool for _, tool in table.notes}
    tools = [tool for tool in part.place["tools"] if tool in known]
    return (f"#### {table.shape}, {table.size:,} {UNITS.get(table.shape, 'stages')}\n\n"
            + markdown_table(["", *tools],
                             [*time_rows(table, tools, part.place), *memory_rows(table, tools)]))


def content_section(part):
    """Peers that look at content are compared with their no-op alone."""
    rows = []
    for table in part.tables.values():
        if table.shape != "wide":
            continue
        for tool in part.place["content_tools"]:
            ratio = table.ratio("no-op", tool, "restage")
            if ratio and tool != "restage":
                rows.append([f"{table.size:,}", tool, f"{ratio_text(ratio)} ×"])
    if not rows:
        return ""
    return ("#### No-op, against those that look at content\n\n"
            + markdown_table(["stages", "tool", "restage is faster by"], rows))


def hash_section(part):
    if not part.hashing or not part.hashing["seconds"]:
        return ""
    size = part.hashing["bytes"] / 2**30
    rows = [[tool, seconds_text(statistics.median(seconds)),
             f"{size / statistics.median(seconds):.1f} GiB/s"]
            for tool, seconds in part.hashing["seconds"].items()]
    return f"#### Hashing {size:g} GiB of inputs\n\n" + markdown_table(["", "time", "speed"], rows)


def growth_section(parts):
    """Time for each stage: what is linear stays the same, or falls while starting up still counts."""
    figures = {}
    for part in parts:
        for table in part.tables.values():
            for work in [work for work in WORKS if table.median(work, "restage")]:
                by_size = figures.setdefault((table.shape, work), {})
                by_size[table.size] = table.median(work, "restage")
    sizes = sorted({size for by_size in figures.values() for size in by_size})
    if len(sizes) < 2:
        return ""
    rows = [[f"{shape}: {work}", *(f"{by_size[size] / size * 1e6:.2f}" if size in by_size else "–"
                                   for size in sizes)]
            for (shape, work), by_size in figures.items()]
    return ("### Growth: restage, µs a stage (many: an input)\n\n"
            + markdown_table(["", *(f"{size:,}" for size in sizes)], rows))


def place_text(place):
    ending = [f"a command ended after {seconds_text(place['patience'])}"] if place["patience"] else []
    if place["budget"]:
        ending.append(f"no further round of a work after {seconds_text(place['budget'])} of it")
    return (f"{place['processor']}, {place['cores']} cores, {place['memory'] / 2**30:.0f} GiB, "
            f"{place['system']}, {place['file_system']}; {place['date']}, load {place['load']:.1f} as it "
            f"began; -j{place['jobs']}, {place['runs']} rounds, {place['cold_runs']} of cold runs"
            f"{''.join(', ' + text for text in ending)}. "
            f"{', '.join(f'{tool} {version}' for tool, version in place['tools'].items())}.")


def head_section(parts):
    return ("## Benchmark\n\n"
            + "".join(f"{number}. {place_text(part.place)}\n" for number, part in enumerate(parts, 1))
            + "\nMedians of rounds, in each of which every tool ran once. In brackets: times the fastest "
            "peer, as the median of the rounds, or times the peer with the least memory. Memory is that of "
            "the largest process. After every run every output was verified.\n")


def goals_section(parts):
    return ("### Goals\n\nPart: which of the sittings above, if there were several.\n\n"
            + markdown_table(["goal", "figure", "part", "reached"], list(goals.judged(parts))))


def part_section(part, number):
    spent = ", ".join(f"{what} {seconds:,.0f} s" for what, seconds in part.spent.items())
    failures = "".join(f"- failed: {failure}\n" for failure in part.failures).replace("\n  ", " ")
    sections = [f"### Part {number}\n", f"Spent: {spent}.\n" if spent else "", failures,
                *(graph_section(table, part) for table in part.tables.values()),
                content_section(part), hash_section(part)]
    return "\n".join(section for section in sections if section)


def full_report(parts):
    sections = [head_section(parts), goals_section(parts),
                *(part_section(part, number) for number, part in enumerate(parts, 1)),
                growth_section(parts)]
    return "\n".join(section for section in sections if section)

"""The goals of restage, and whether what was measured reaches them."""
import statistics

from hashing import PAIR
from textual import ratio_text, seconds_text

NOT_MEASURED = "not measured"
# Work, size and factor: restage's time against that of the fastest peer in the shape 'wide'.
AGAINST_FASTEST = (
    ("no-op", 100, 1.0), ("no-op", 10000, 0.4), ("no-op", 100000, 0.4),
    ("one changed", 10000, 0.5),
    *((f"cold, {kind}", size, factor)
      for kind, factor in (("plain", 0.8), ("redirect", 0.8), ("shell", 1.1))
      for size in (1000, 10000, 100000)),
)
TOUCHED_SIZES = (1000, 10000, 100000)
TOUCHED = 3.0    # times the own no-op
HASHING = 1.2    # times the speed of xxhsum
CONTENT = 10     # times faster than the best peer that looks at content
SNAKEMAKE = 100
GROWTH = 1.5     # times the time a stage, from one size to ten times as many: caches grow too small


def below(value, most):
    return f"{ratio_text(value)} ×", value <= most


def against_fastest(table, work, factor):
    peer = table.fastest_peer(work)
    ratio = table.ratio(work, "restage", peer) if peer else None
    if ratio is None:
        return None
    text, reached = below(ratio, factor)
    return (f"{text} {peer}: {seconds_text(table.median(work, 'restage'))} against "
            f"{seconds_text(table.median(work, peer))}", reached)


def touched(table):
    ratio = table.ratio("touched", "restage", "restage")
    if ratio is None or not table.median("no-op", "restage"):
        return None
    rerun = table.notes.get(("touched", "restage"), "")
    text, reached = below(table.median("touched", "restage") / table.median("no-op", "restage"), TOUCHED)
    return f"{text}, {rerun}", reached and rerun == "reran 0"


def memory(table):
    worst = {}
    for work in table.works:
        peaks = table.memory(work)
        if {"restage", "ninja"} <= peaks.keys():
            worst[work] = peaks["restage"] / peaks["ninja"], peaks
    if not worst:
        return None
    work = max(worst, key=lambda work: worst[work][0])
    ratio, peaks = worst[work]
    text, reached = below(ratio, 1)
    return (f"{text} at worst ({work}): {peaks['restage'] / 1e6:.0f} MB against "
            f"{peaks['ninja'] / 1e6:.0f} MB", reached)


def content(table, tools, factor):
    peer = table.fastest_peer("no-op", tools)
    ratio = table.ratio("no-op", peer, "restage") if peer else None
    return ratio and (f"{ratio_text(ratio)} × ({peer})", ratio >= factor)


def hashing(part):
    seconds = (part.hashing or {}).get("seconds", {})
    if {"restage", PAIR} - seconds.keys():
        return None
    ratio = statistics.median(theirs / ours for ours, theirs in zip(seconds["restage"], seconds[PAIR]))
    return f"{ratio_text(ratio)} ×", ratio >= HASHING


def growth(parts, work):
    """From 10,000 to 100,000 stages, wherever they were measured last."""
    each = []
    for size in (10000, 100000):
        medians = [part.tables["wide", size].median(work, "restage")
                   for part in parts if ("wide", size) in part.tables]
        medians = [median for median in medians if median]
        if not medians:
            return None
        each.append(medians[-1] / size)
    return below(each[1] / each[0], GROWTH)


def rows_of(parts):
    """Goal, and a function that says of one part what was measured and whether that is enough."""
    def wide(size, judge):
        return lambda part: judge(part.tables["wide", size], part) if ("wide", size) in part.tables else None

    for work, size, factor in AGAINST_FASTEST:
        yield (f"{work}, {size:,} stages: {factor:g} × the fastest",
               wide(size, lambda table, _part, work=work, factor=factor:
                    against_fastest(table, work, factor)))
    for size in TOUCHED_SIZES:
        yield (f"every input touched, {size:,} stages: none reruns, {TOUCHED:g} × own no-op",
               wide(size, lambda table, _part: touched(table)))
    yield ("memory, 100,000 stages: 1 × ninja", wide(100000, lambda table, _part: memory(table)))
    yield (f"hashing: {HASHING:g} × two `xxhsum -H2`", hashing)
    yield (f"no-op, 10,000 stages: {CONTENT} × faster than the best that looks at content",
           wide(10000, lambda table, part: content(table, part.place["content_tools"], CONTENT)))
    yield (f"no-op, 10,000 stages: {SNAKEMAKE} × faster than Snakemake",
           wide(10000, lambda table, _part: content(table, ["snakemake"], SNAKEMAKE)))
    for work in ("no-op", "plan", "graph"):
        yield (f"{work}: linear, the time a stage grows by {GROWTH:g} × at most from 10,000 to 100,000",
               lambda part, work=work: growth(parts, work) if part is parts[-1] else None)
    yield ("a chain of 100,000 stages: built, and found up to date", chain)


def chain(part):
    table = part.tables.get(("chain", 100000))
    median = table.median("no-op", "restage") if table else None
    return median and (f"no-op {seconds_text(median)}", True)


def judged(parts):
    """Rows of goal, figure, number of the part, reached. The last part that measured something counts."""
    for goal, judge in rows_of(parts):
        found = [(number, judge(part)) for number, part in enumerate(parts, 1)]
        found = [(number, answer) for number, answer in found if answer]
        if found:
            number, (figure, reached) = found[-1]
            yield [goal, figure, str(number), "yes" if reached else "**no**"]
        else:
            yield [goal, NOT_MEASURED, "", ""]

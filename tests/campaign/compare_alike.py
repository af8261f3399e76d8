"""What two programs say and leave is made alike here, as far as it cannot be the same: for compare_binaries.py."""
import re
import subprocess

TIMEOUT = 120

# What two looks at one tree may differ in: when they looked, and how long it took to hash.
LOOKED = {"report": re.compile(rb'(?<="generated_at": ")[^"]*'),
          "verify": re.compile(rb'(?<="seconds": )[\d.e-]+|(?<=B, )[\d.]+m?s')}


class Ended:
    """How a program ended: its exit code, or None if it hung, and the bytes that it wrote."""

    def __init__(self, argv, root, env):
        try:
            done = subprocess.run(argv, cwd=root, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=TIMEOUT, check=False)
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = None, b"", b""

    def text(self, change=lambda data: data):
        return b"exit code %s\n--- stdout\n%s--- stderr\n%s" % (str(self.code).encode(), change(self.out),
                                                               change(self.err))


def exact(data, args):
    """What a look says, without what two looks at one tree may differ in."""
    for command in LOOKED.keys() & set(args):
        data = LOOKED[command].sub(b"", data)
    return data


# Between trees: members of JSON that are times, and those that say what was used. A null stays one.
NUMBERS = (rb"at|seconds|duration_seconds|cpu_seconds|cpu_user_seconds|cpu_system_seconds|cpu_percent|memory_mb|read_mb|"
           rb"written_mb|before_seconds|saved_seconds|eta_seconds|pid|expected_seconds|known_seconds|since")
CHANGES = [
    (re.compile(rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]"), b"[TIME]"),
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?"), b"TIME"),
    (re.compile(rb'"(' + NUMBERS + rb')": -?\d[\d.e+-]*'), rb'"\1": NUMBER'),
    (re.compile(rb'(, \d+, )"\d{18,20}"\]'), rb'\1"MTIME"]'),
    (re.compile(rb'"mtime_ns": "\d{18,20}"'), b'"mtime_ns": "MTIME"'),
    (re.compile(rb"(?m)^.*(Slowest|CPU time): .*\n"), b""),
    (re.compile(rb'(?m)^\{"event": "(hashing|sample)".*\n'), b""),  # only of what takes long
    (re.compile(rb"pid \d+"), b"pid N"),
    (re.compile(rb"\b(\d+h )?(\d+m )?\d+(\.\d+)?(ms|s)\b"), b"DURATION"),
    (re.compile(rb"[\d.]+ [KMG]B\b"), b"SIZE"),
]
# What one writes into graphs is also the critical path, which hangs on durations.
GRAPH = [
    (re.compile(rb' \[penwidth=2\.5, color="#202124"\]|, penwidth=2\.5|"critical": \w+'), b""),
    (re.compile(rb'"critical_path": \[[^]]*\]'), b""),
    (re.compile(rb"linkStyle .*|style .* stroke-width.*"), b""),
]
RUN_ID = re.compile(rb"(?<!\d)\d{8}_\d{6}(?:_\d+)?(?!\d)")
# Durations where they were not levelled, and what hangs on which of two stages failed first.
FREE = [(re.compile(rb" ?\(saved [^)]*\)"), b""), (re.compile(rb'"(run|may_run)": [\d.e-]+'), rb'"\1": NUMBER'),
        (re.compile(rb"(?m)^.*Saved time: .*\n"), b"")]
BLOCKED = [(re.compile(rb"NOT RUN \(needs .*\)|not run, needs .*"), b"NOT RUN"),
           (re.compile(rb'"by": "[^"]*"'), b'"by": ONE')]
# Whom a line is about: of a run record, a pipeline's log, and what a run says. Lines of nobody follow the line before.
ABOUT = re.compile(rb'^\{"event": .*?"stage": "([^"]*)"|^\[TIME\] \[pipeline\] .* Stage (\S+): |'
                   rb'^\[TIME\] \[(?!pipeline\])([^]]+)\]|'
                   rb"^(?:\x1b\[[\d;]*m)*([^\s:]+)(?:\x1b\[[\d;]*m)*(?:: | failed| \| )")
OF_NOBODY = re.compile(rb'^\{"event": (?!.*"stage": )|'
                       rb'^\[TIME\] \[pipeline\] \[\w+\] ?(====|$)|^(\x1b\[[\d;]*m)*\d|^---', re.M)


def grouped(data):
    """The lines by whom they are about: stages that wait for nothing from each other start in any order, since it
    hangs on when their inputs have been hashed."""
    data = re.sub(rb'\{"event": "fresh", "at": NUMBER, "stages": \[(.*)\]\}\n',
                  lambda match: b"".join(b'{"event": "fresh", "stage": %s}\n' % name for name in match[1].split(b", ")),
                  data)
    groups, key = {}, b""
    for line in data.splitlines(True):
        about = ABOUT.match(line)
        if OF_NOBODY.match(line):
            key = b""
        elif about:
            key = next(name for name in about.groups() if name is not None)
        if line.strip():
            groups.setdefault(key, []).append(line)
    return b"".join(b"".join(groups[key]) for key in sorted(groups))


def csv_alike(data):
    """Rows without what was used, in any order: it is that in which stages started."""
    return b"\n".join(sorted(re.sub(rb"(?<=,)\d+\.\d+(?=,)", b"NUMBER", row) for row in data.split(b"\n")))


def graph_alike(data):
    for pattern, to in GRAPH:
        data = pattern.sub(to, data)
    return data

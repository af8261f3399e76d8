"""The pipelines with which compare_binaries.py compares two programs, and what a user may do to them.

A subject is a tree with a definition. Two of one kind and one seed are led in step: each draws the same edits and
the same commands from its own random numbers, as long as the two programs leave the same behind. A subject has
`root`, `prefix` (the options of every command), `edit()`, `act()` and `looks()`.
"""
import glob
import json
import os
import random
import re
import shutil

import oracle
import walk

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))

# What a definition must not hold, each a mistake of another kind. @ stands for the name of a stage.
MISTAKES = [
    "nonsense", "[stage:@]\ncommand = true", "[stage:bad name]\ncommand = true", "[nosuch]\na = b", "[stage:z]",
    "[stage:z]\ncomand = true", "[stage:z]\ncommand = echo {{nosuch.o}}", "[stage:z]\ncommand = {{config.x}}",
    "[stage:z]\ncommand = x {{input.i}}\ninput.i = {{@.nosuch}}", "[stage:z]\ncommand = true\nafter = nosuch",
    "[stage:z]\ncommand = true\nafter = z", "[stage:z]\ncommand = true\nretries = many",
    "[stage:z]\ncommand = true\ntimeout = 5 parsecs", "[stage:z]\ncommand = true\noutput.o = ../../../../x",
    "[stage:z]\ncommand = true\noutput.o = manifest.json", "[stage:z]\ncommand = true\nenabled = perhaps",
    "[stage:z]\ncommand = true\ninput.a.track = magic\ninput.a = in/a", "[stage:z]\ncommand = true\nmemory = 1X",
    "[stage:z]\ncommand = true\npool = nosuch", "[stage:z]\ncommand = true\nnumber = 0",
    "[stage:z]\ncommand = true\nforeach.q = a\n    a", "[stage:z]\ncommand = echo {{each.q}}",
    "[stage:z]\ncommand = cat {{input.i | stem | nosuch}}\ninput.i = in/a", "[stage:z]\ncommand = true\nenv.1A = x",
    "[stage:z]\ncommand = echo {{params.nosuch}}", "[pools]\nx = none", "[params]\nw = 1\nw = 2",
    "[stage:z]\ncommand = cp {{input.i}} x\ninput.i = in/nosuch", "[stage:z]\ncommand = true\nthreads = -1",
    "[stage:z]\ncommand = true\noutput.a = x\noutput.b = x", "[stage:z]\ncommand = echo 'open",
    "[stage:y]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = {{z.o}}\noutput.o = o\n"
    "[stage:z]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = {{y.o}}\noutput.o = o",
    "[stage:z]\ncommand = true\nintermediate.t = t\nintermediate.t.retained = perhaps", "[stage:z\ncommand = true",
    "[pipeline]\nrequires = 999", "[pipeline]\ninclude = nosuch.ini", "[stage:z]\ncommand = true\nshell =",
    "[stage:z]\ncommand = true\ntags = a b, c d", "[stage:z]\ncommand = {{", "[stage:z]\ncommand = {{}}",
]

# A number by stage: @c@ is its config value, @s@ a salt of its command, @t@ how it tracks, @w@ words about it.
BLOCKS = {
    "take": """description = Takes @w@
command = bin/join @s@ {{config.c}} {{input.i}} >{{output.o}}
input.i = in/a
config.c = @c@
config.deep.er = {{params.w}}
output.o = take.out
output.o.type = text
output.o.sample_rate = @w@
tags = quick, first""",
    "parts": """command =
    # cuts @s@
    n=0
    while read -r line; do
        n=$((n + 1))
        echo "$line" >{{output.d}}/part$n
    done <{{input.i}}
input.i = {{take.o}}
output.d = parts/""",
    "single": """foreach.e = each/*.t
command = bin/join @s@ {{config.c}} {{input.e}} >{{output.o}}; echo made {{each.e | stem}} of {{each.e | name}}
config.c = @c@
input.e = {{each.e}}
output.o = o.txt
pool = two
tags = quick""",
    "grid": """foreach.x =
    1
    2
foreach.y =
    a
    b c
command = echo {{each.x}} {{each.y}} {{config.c}} @s@ >{{output.o}}
config.c = @c@
output.o = grid.txt""",
    "second": """foreach.e = each/*.t
command = cat {{input.i}} {{input.p}} >{{output.o}}
input.i = {{single.o}}
input.p = {{take.o}}
output.o = second""",
    "gather": """command = cat {{input.all}} {{input.d}}/* | sort >{{output.o}}
input.all = {{second.o}}
    {{grid.o}}
input.d = {{parts.d}}
output.o = gather.txt""",
    "many": """command = bin/join @s@ x {{input.m}} >{{output.o}}
input.m = many/*.t
    in/b
input.m.type = piece
output.o = many.txt""",
    "perhaps": """command = if [ -s {{input.i}} ] && [ -e {{input.q}} ]; then cp {{input.q}} {{output.o}}; fi
input.i = in/b
input.q = opt/o
input.q.optional = yes
output.o = perhaps
output.o.optional = yes""",
    "reads": """command = cat {{input.i}} {{input.p}} >{{output.o}}
input.i = in/b
input.p = {{perhaps.o}}
input.p.optional = yes
output.o = reads""",
    "tracks": """command = cat {{input.t}} {{input.u}} >{{output.o}}; ls {{input.d}} >>{{output.o}}
input.t = in/b
input.t.track = @t@
input.u = in/c
input.u.track = exists
input.d = dirs/b
input.d.track = content
output.o = tracks
output.o.track = @t@""",
    "depends": """command = sh bin/depends.sh {{input.i}} {{output.o}} {{stage.dir}}/x.d
input.i = in/a
output.o = depends
depfile = x.d
track_command = no""",
    "tells": """command = sh bin/tell.sh {{input.i}} {{output.o}} {{output.extra}} @s@
input.i = in/tell
output.o = tells.txt
output.extra = extra.txt
output.extra.optional = yes
config.c = @c@
config.model = small""",
    "after-tells": """command = cp {{input.i}} {{output.o}}
input.i = {{tells.o}}
output.o = after
after = take""",
    "between": """command = cp {{input.i}} {{intermediate.t}}; cp {{input.i}} {{intermediate.k}}; sort {{intermediate.t}} >{{output.o}}
input.i = {{take.o}}
intermediate.t = tmp/t
intermediate.t.retained = no
intermediate.t.reason = Only to sort @w@
intermediate.k = kept
intermediate.k.retained = yes
intermediate.k.reason = To look at
output.o = sorted""",
    "base": """command = cat {{input.i}} >>{{output.db}}; echo @s@ >>{{output.db}}
input.i = in/c
output.db = base.db
output.db.update = yes""",
    "off": """enabled = @e@
skip_reason = Perhaps later: @w@
command = echo @s@ >{{output.o}}
output.o = off""",
    "allowed": """command = if grep -q allowed {{input.f}}; then echo "error: not today" >&2; exit 7; fi; echo @s@ >{{output.o}}
input.f = in/fail
output.o = allowed
allow_failure = yes""",
    "again": """command = if mkdir scratch/again 2>/dev/null; then echo once more; exit 3; fi; rmdir scratch/again; grep -q again {{input.f}} && exit 4; echo @s@ >{{output.o}}
input.f = in/fail
output.o = again
retries = 2
retry_delay = 0""",
    "tool": """command = echo @s@ >{{output.o}}
version.thing = cat in/version
version.none = nosuchtool --version
output.o = tool""",
    "surround": """command = echo "$SET ${RICH_PASS-} $COMMON" @s@ >{{output.o}}
env.SET = @c@
pass_env = RICH_PASS, RICH_UNSET
output.o = surround""",
    "slow": """command = if grep -q slow {{input.f}}; then exec sleep 20; fi; touch {{output.o}}
input.f = in/fail
output.o = slow
timeout = 0.3
grace = 0.1""",
    "killed": """command = if grep -q killed {{input.f}}; then echo going; kill -9 $$; fi; touch {{output.o}}
input.f = in/fail
output.o = killed""",
    "empty": """command = grep -q empty {{input.f}} || touch {{output.o}}
input.f = in/fail
output.o = empty""",
    "fails": """command =
    cat {{input.i}} >{{output.o}}
    if grep -q fails {{input.f}}; then
        echo "fatal: @w@" >&2
        printf 'no end'
        false
    fi
input.i = {{take.o}}
input.f = in/fail
output.o = fails""",
    "behind": """command = cp {{input.i}} {{output.o}}
input.i = {{fails.o}}
output.o = behind""",
    "last": """command = cat {{input.i}} >{{output.o}}; echo last
input.i = {{behind.o}}
output.o = last
allow_failure = yes""",
    "far-behind": """command = cat {{input.i}} {{input.g}} >{{output.o}}
input.i = {{behind.o}}
input.g = {{gather.o}}
output.o = far""",
    "loud": """command = sh bin/loud.sh; touch {{output.o}}
output.o = loud
number = 41""",
    "odd": """command = cat {{input.i}} "{{input.i}}" '{{input.i}}' >{{output.o}}; echo {{{{x}} {{stage.name}} {{stage.number}} {{job.name}} {{pipeline.name}}
input.i = in/a b'c"ü $x.txt
output.o = {{root}}/dist/odd @s@.txt
threads = 2
memory = 10M""",
    "here": """command =
    cat >{{output.o}} <<EOT
        {{params.w}} {{config.c}} {{input.i | ext}}
    EOT
    cat >>{{output.o}} <<'EOT'
    {{params.w}} $HOME
    EOT
input.i = in/a
config.c = @c@
output.o = here
description = @w@""",
    "dash": """shell = sh -eu -c
command = echo "a|b" | tr b c >{{output.o}}; echo @s@ >>{{output.o}}
output.o = dash
after = grid""",
    "skips": """command = if grep -q skips {{input.f}}; then echo '{"event":"finalize","status":"skipped","reason":"nothing in it"}' >>"$STAGEIO_EVENTS"; else touch {{output.o}}; fi
input.f = in/fail
output.o = skips""",
    "shows": """console = yes
command = echo shown; echo @s@ >{{output.o}}
output.o = shown""",
    "itself": """command = sh bin/itself.sh {{output.o}}
output.o = itself""",
    "nosuch": """command = nosuch-program-@s@
enabled = @e@
allow_failure = yes""",
}

SCRIPTS = {
    "bin/join": "#!/bin/sh\necho \"$1 $2\"\nshift 2\ncat -- \"$@\"\n",
    # It says nothing by itself: what is reported and what is said are put in order by when each is read.
    "bin/tell.sh": """cp "$1" "$2"
stageio log INFO "read $1" && stageio log DEBUG fine && stageio config model=large n=4 list:='[1,2]'
while read -r word; do
    case $word in
    input) stageio input in/c --type more --label c n=1 ;;
    output) echo more >"$3" && stageio output "$3" --type report title="a b" stage=x ;;
    intermediate) echo t >"$STAGEIO_OUTPUT_DIR/t" && stageio intermediate t --retained no --reason short ;;
    warning) stageio warning "odd: $word" ;;
    error) stageio error --exception-type ValueError --detail "line 1" "it went wrong" ;;
    resource) stageio resource widgets=3 memory_mb=7 ;;
    cost) stageio cost 0.25 EUR tokens ;;
    progress) stageio progress 0.5 half ;;
    missing) stageio output nosuch.txt --type none ;;
    torn) printf '{"event":"warn' >>"$STAGEIO_EVENTS"; exit 0 ;;
    unknown) echo '{"event":"nosuch","a":[1,{"b":null}]}' >>"$STAGEIO_EVENTS" ;;
    garbage) printf 'no json\\n{"event":7}\\n{"event":"log","level":"LOUD","message":"m"}\\n' >>"$STAGEIO_EVENTS" ;;
    done) stageio finalize success segments=12 note="all" ;;
    bad) stageio finalize failed why=so ;;
    esac
done <"$1"
""",
    "bin/loud.sh": """echo "plain"; echo "warning: one"; echo "x.c:3: warning: two"; echo "DEBUG: three"; echo "[ERROR] four"
echo "Error rate: 0.03"; printf 'a\\rb\\rc\\n'; printf 'torn\\r\\n'; printf '\\033[31mred\\033[0m \\001 \\377\\n'
echo; echo "Traceback (most recent call last):"; echo "ValueError: five"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "WARNING number $i"; done
head -c 3000 /dev/zero | tr '\\0' x; echo; printf 'the end'
""",
    "bin/depends.sh": """cat "$1" dirs/a/1 >"$2"
printf 'x.o: in/c \\\\\n dirs/a/sub/2 in/with\\\\ blank\\n' >"$3"
""",
    "bin/itself.sh": "echo \"# more\" >>bin/itself.sh\necho x >\"$1\"\n",
}
TELLS = ("input", "output", "intermediate", "warning", "error", "resource", "cost", "progress", "missing", "torn",
         "unknown", "garbage", "done", "bad")
FAILURES = ("allowed", "again", "slow", "killed", "empty", "fails", "skips")


class Tree:
    """What all subjects share."""
    prefix = ()
    job = "p"
    ending = "pipeline.ini"
    settings = ()  # -p, and its like, that this pipeline takes
    tags = ()

    def __init__(self, top, seed):
        self.random, self.top, self.root = random.Random(seed), top, os.path.join(top, "p")
        self.mistake = None
        self.bin = os.path.join(top, "bin")
        self.variables = {}

    def at(self, path):
        return os.path.join(self.root, path)

    def write(self, path, text):
        full = self.at(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def environment(self):
        path = self.bin + ":" + oracle.ENVIRONMENT["PATH"]
        return {**oracle.ENVIRONMENT, "PATH": path, "HOME": "/nonexistent", **self.variables}

    def job_files(self, pattern):
        return sorted(glob.glob(pattern, root_dir=self.at(f"out/{self.job}"), recursive=True), key=os.fsencode)

    def names(self):
        """Stages and instances, as their manifests and the definition have them."""
        found = set()
        for path in self.job_files("*_*/**/manifest.json"):
            try:
                with open(self.at(f"out/{self.job}/{path}"), encoding="utf-8") as file:
                    found.add(json.load(file)["stage"])
            except (OSError, ValueError, KeyError, TypeError):
                continue
        known = set(self.sections())
        # A name that is gone is a mistake, which hides what would be told of the others.
        if self.random.random() < 0.95:
            found = {name for name in found if name.split("/")[0] in known}
        return sorted((found | known) - ({name.split("/")[0] for name in found if "/" in name}
                                         if self.random.random() < 0.5 else set()))

    def sections(self):
        text = ""
        for path in (self.ending, "more/inc.ini"):
            if os.path.exists(self.at(path)):
                with open(self.at(path), encoding="utf-8", errors="surrogateescape") as file:
                    text += file.read()
        return re.findall(r"^\[stage:([\w-]+)\]", text, re.M)

    # what may happen to a job, whatever its pipeline is

    def some(self, *patterns):
        found = [path for pattern in patterns for path in self.job_files(pattern)]
        found = [self.at(f"out/{self.job}/{path}") for path in found]
        found = [path for path in found if os.path.isfile(path) and not os.path.islink(path)]
        return self.random.choice(found) if found else None

    def damage(self):
        """A file of the job: gone, empty, without its last lines, or with a line of nonsense."""
        kind = self.random.choice(("*/manifest.json", "*/*/manifest.json", "*/stage.log", "graph.dot",
                                   "logs/*.jsonl", "logs/*.log", "[0-9]*/*"))
        path = self.some(kind)
        how = self.random.choice(("gone", "empty", "cut", "nonsense", "other"))
        if not path:
            return "nothing to damage"
        with open(path, "rb") as file:
            lines = file.read().splitlines(True)
        where = self.random.randrange(len(lines) + 1)
        if how == "gone":
            os.unlink(path)
            return f"{kind} gone"
        lines = {"empty": [], "cut": lines[:where], "nonsense": lines[:where] + [b"nonsense\n"] + lines[where:],
                 "other": [line.replace(b'"success"', b'"running"') for line in lines]}[how]
        with open(path, "wb") as file:
            file.writelines(lines)
        return f"{kind} {how}"

    def drop_index(self):
        what = self.random.choice(("", "/index", "/lock"))
        path = self.at(f"out/{self.job}/.restage{what}")
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.unlink(path)
        return what

    def damage_index(self):
        path = self.at(f"out/{self.job}/.restage/index")
        if os.path.exists(path):
            with open(path, "r+b") as file:
                file.truncate(os.path.getsize(path) // 2)

    def leave_work(self):
        path = self.some("*/manifest.json")
        if path:
            os.makedirs(os.path.join(os.path.dirname(path), ".work"), exist_ok=True)

    def leave_file(self):
        path = self.some("*/manifest.json", "*/*/manifest.json")
        if path:
            with open(os.path.join(os.path.dirname(path), "left"), "w", encoding="utf-8") as file:
                file.write("left\n")

    def edit_output(self):
        path = self.some("[0-9]*_*/*", "[0-9]*_*/*/*")
        if path and os.path.basename(path) not in ("manifest.json", "stage.log"):
            how = self.random.choice(("more", "touch", "gone"))
            if how == "more":
                with open(path, "ab") as file:
                    file.write(b"more\n")
            elif how == "touch":
                os.utime(path)
            else:
                os.unlink(path)
            return how + " " + os.path.basename(path)
        return "nothing"

    JOB_EDITS = [damage, damage, drop_index, damage_index, leave_work, leave_file, edit_output, edit_output]

    def make_mistake(self):
        with open(self.at(self.ending), "rb") as file:
            self.mistake = file.read()
        names = self.sections() or ["z"]
        text = self.random.choice(MISTAKES).replace("@", self.random.choice(names))
        self.write(self.ending, self.mistake + b"\n" + text.encode() + b"\n")
        return text

    def mend(self):
        if self.mistake is not None:
            self.write(self.ending, self.mistake)
            self.mistake = None

    def edit(self):
        """-> what was done"""
        self.mend()
        done = []
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            edit = self.random.choice(self.JOB_EDITS if self.random.random() < 0.25 else self.EDITS)
            detail = edit(self)
            done.append(edit.__name__ + (f" ({detail})" if detail else ""))
        if self.random.random() < 0.08:
            done.append("make_mistake (%s)" % self.make_mistake())
        return done

    # commands

    def act(self):
        """-> the arguments of a command that changes something"""
        pick = self.random
        names = self.names()
        name = pick.choice(names)
        kind = pick.choices(("run", "accept", "replay", "check", "clean", "report", "write", "wrong", "audit", "init"),
                            (70, 6, 5, 4, 5, 2, 2, 3, 1, 1))[0]
        prefix = [*self.prefix, *pick.choice(([], [], [], [], ["-q"], ["-v"], ["--color", "always"]))]
        if kind == "run":
            return self.run(prefix, names)
        return prefix + {
            "accept": ["accept", *pick.sample(names, min(len(names), pick.randint(1, 2)))],
            "replay": ["replay", name], "check": ["replay", "--check", name],
            "clean": ["clean", *pick.choice(([], ["--force"], ["--force", name], [name], [name]))],
            "report": ["report", *pick.choice(([], ["-o", "page.html"]))],
            "write": pick.choice((["graph", "-o", "g.dot"], ["graph", "--format", "mermaid", "-o", "g.mmd"],
                                  ["export", "--format", "csv", "-o", "run.csv"])),
            "wrong": ["run", pick.choice(("nosuch", name + "/nosuch", "--nosuch", "-j0", "--from=nosuch", "in/a"))],
            "audit": ["audit", name], "init": ["init"]}[kind]

    def setting_of(self):
        if not self.settings:
            return []
        key, values = self.random.choice(self.settings)
        return ["-p", f"{key}={self.random.choice(values)}"]

    def run(self, prefix, names):
        pick = self.random
        name = pick.choice(names)
        jobs = pick.choice((1, 1, 1, 2, 4))
        args = prefix + pick.choice(([], [], self.setting_of(), [])) + ["run", f"-j{jobs}"]
        if jobs > 1 or pick.random() < 0.6:
            args.append("-k")
        args += pick.choices(([], ["-B"], ["--no-wait"], ["--threads", "2", "--memory", "1G"], ["--jobserver", "fifo"]),
                             (80, 4, 4, 4, 4))[0]
        how = pick.random()
        if how < 0.12:
            args += [pick.choice(("--from", "--until")), name]
        elif how < 0.35:
            target = self.some("[0-9]*_*/*")
            targets = [name, pick.choice(names), *self.tags] + ([os.path.relpath(target, self.root)] if target else [])
            args += pick.choice(([], ["--only"])) + [pick.choice(targets)]
        return args

    def looks(self):
        """Commands that only look: all of them at times, some at others. @RUN@ is the id of a run."""
        pick = self.random
        names = self.names()
        some = pick.sample(names, min(len(names), 2))
        every = pick.random() < 0.15
        core = [["status", "--json"], ["run", "-n", "--json"], ["status", "-q"], ["why", "--json", *names]]
        more = [["status"], ["status", *some], ["-q", "status"], ["run", "-n"], ["-v", "run", "-n"],
                ["run", "-n", "-B"], ["run", "-n", *some], ["run", "-n", "--only", *some], ["why", *names],
                ["run", "-n", "--from", some[0]], ["run", "-n", "--until", some[-1]],
                ["graph"], ["graph", "--files"], ["graph", "--json"], ["graph", "--json", "--files"],
                ["graph", "--format", "mermaid"], ["graph", "--format", "mermaid", "--files"], ["graph", *some],
                ["graph", "--plain"], ["graph", "--plain", "--files", "--instances"], ["graph", "--instances"],
                ["list"], ["list", "--json"], ["list", "--names"], ["list", "--files"], ["list", *some],
                ["show", *names], ["show", "--json", *names], ["verify"], ["verify", "--json"], ["verify", *some],
                ["diff"], ["diff", "--json"], ["diff", "last~2"], ["diff", "@RUN@", "last", "--json"],
                ["diff", "job:other"], ["logs"], ["logs", "--plain", *some], ["logs", "--all"], ["logs", "--failed"],
                ["logs", "--level", "warning"], ["logs", "--all", "--level", "error"], ["logs", "--run", "@RUN@"],
                ["logs", "-f"], ["check"], ["clean", "-n"], ["clean", "-n", "--force", *some], ["top"],
                ["top", "--json"], ["report", "-o", "-"], ["report", "--run", "@RUN@", "-o", "-"],
                ["--job", "other", "status"], [*self.setting_of(), "status"], [*self.setting_of(), "run", "-n", "--json"],
                ["-p", "nosuch=1", "check"], ["--color", "always", "status"], ["--color", "always", "why", *some],
                ["completions", "bash"], ["export", "--run", "@RUN@", "--format", "csv"]]
        more += [["export", "--format", name] for name in
                 ("trace", "openlineage", "ro-crate", "junit", "prometheus", "csv")]
        if pick.random() < 0.05 and shutil.which("dot"):
            core.append(["graph", "--format", "svg"])
        return [list(self.prefix) + args for args in core + (more if every else pick.sample(more, 10))]


class Rich(Tree):
    """Stages that use each feature, a random part of them."""
    settings = (("w", "012"), ("w", ("two words", "a'b\"c$d")))
    tags = ("quick", "first")

    def __init__(self, top, seed):
        super().__init__(top, seed)
        pick = self.random
        for name in ("bin", "in", "opt", "each", "dirs/a/sub", "dirs/b", "many", "scratch", "dist"):
            os.makedirs(self.at(name))
        for path, text in SCRIPTS.items():
            self.write(path, text)
            os.chmod(self.at(path), 0o755)
        self.files = ["in/a", "in/b", "in/c", "in/with blank", "in/a b'c\"ü $x.txt", "dirs/a/1", "dirs/a/sub/2",
                      "dirs/b/1", "each/x.t", "each/y 1.t", "many/1.t", "many/2.t", "in/version"]
        for path in self.files:
            self.write(path, self.text())
        self.write("in/tell", "input\nwarning\noutput\ndone\n")
        self.write("in/fail", "")
        self.write("params.json", '{"train": {"seed": 7, "rate": 1e-5}, "w": "from file"}\n')
        self.stages = [name for name in BLOCKS if name in ("take", "single") or pick.random() < 0.55]
        self.knobs = {name: {"c": "0", "s": "0", "t": "time", "w": "words", "e": "no"} for name in self.stages}
        self.renamed, self.has_params, self.included, self.head = {}, False, pick.random() < 0.3, ""
        self.extra = {}
        self.variables = {"RICH_PASS": "0"}
        self.write_definition()

    def text(self):
        return "".join(f"{self.random.randrange(1000)}\n" for _ in range(self.random.randint(1, 3)))

    def block(self, name):
        text = BLOCKS[name] + "".join(f"\n{line}" for line in self.extra.get(name, ()))
        for knob, value in self.knobs[name].items():
            text = text.replace(f"@{knob}@", value)
        here = {stage: self.renamed.get(stage, stage) for stage in BLOCKS}
        lines = []
        for line in text.split("\n"):
            ref = re.search(r"\{\{([\w-]+)\.(\w+)\}\}", line)
            # What is not in this pipeline is not read, nor gone after.
            if ref and ref[1] in BLOCKS and ref[1] not in self.stages and "command" not in line:
                line = line.replace(ref[0], "in/a")
            elif ref and ref[1] in here:
                line = line.replace("{{" + ref[1] + ".", "{{" + here[ref[1]] + ".")
            if line.startswith("after = "):
                after = [here[stage] for stage in line[8:].split(", ") if stage in self.stages]
                line = "after = " + ", ".join(after) if after else "# none before"
            lines.append(line)
        return f"[stage:{here[name]}]\n" + "\n".join(lines) + "\n"

    def write_definition(self):
        head = f"[pipeline]\nname = p\n{self.head}"
        if self.has_params:
            head += "params_file = params.json\n"
        inside = [name for name in self.stages if not (self.included and name in ("grid", "many"))]
        outside = [name for name in self.stages if name not in inside]
        if outside:
            head += "include = more/inc.ini\n"
        self.write("more/inc.ini", "\n".join(self.block(name) for name in outside))
        head += "[params]\nw = word\n[env]\nCOMMON = yes\n[defaults]\ngrace = 1\n[pools]\ntwo = 2\n\n"
        self.write("pipeline.ini", head + "\n".join(self.block(name) for name in inside))

    def edit(self):
        if self.random.random() < 0.6:  # a missing input keeps all from running
            for path in self.files:
                if not os.path.exists(self.at(path)):
                    self.write(path, "restored\n")
        return super().edit()

    def some_input(self):
        return self.random.choice(self.files)

    def rewrite(self):
        path = self.some_input()
        self.write(path, self.text())
        return path

    def touch(self):
        path = self.some_input()
        if os.path.exists(self.at(path)):
            os.utime(self.at(path))
        return path

    def remove_or_restore(self):
        path = self.some_input()
        if os.path.exists(self.at(path)):
            os.unlink(self.at(path))
        else:
            self.write(path, "restored\n")
        return path

    def match(self):
        path = self.random.choice(("each/z.t", "many/0.t", "dirs/a/new", "dirs/a/sub/new", "opt/o"))
        if os.path.exists(self.at(path)):
            os.unlink(self.at(path))
        else:
            self.write(path, self.text())
        return path

    def tell(self):
        words = self.random.sample(TELLS, self.random.randint(0, 5))
        self.write("in/tell", "".join(word + "\n" for word in words))
        return " ".join(words)

    def fail(self):
        words = self.random.sample(FAILURES, self.random.choice((0, 1, 1, 2, 3)))
        self.write("in/fail", "".join(word + "\n" for word in words))
        return " ".join(words)

    def turn(self):
        name, knob = self.random.choice(self.stages), self.random.choice("csstwwe")
        values = {"t": ("time", "exists", "content"), "e": ("yes", "no"), "w": ("words", "other words", "3")}
        self.knobs[name][knob] = self.random.choice(values.get(knob, ("0", "1", "2")))
        self.write_definition()
        return f"{name}.{knob}"

    def order(self):
        self.random.shuffle(self.stages)
        self.write_definition()

    def rename(self):
        name = self.random.choice(self.stages)
        self.renamed[name] = name if name in self.renamed else name + "-new"
        self.write_definition()
        return name

    def more_or_less(self):
        name = self.random.choice(sorted(BLOCKS))
        if name in self.stages and len(self.stages) > 3:
            self.stages.remove(name)
        elif name not in self.stages:
            self.stages.insert(self.random.randrange(len(self.stages)), name)
            self.knobs.setdefault(name, {"c": "0", "s": "0", "t": "time", "w": "words", "e": "no"})
        self.write_definition()
        return name

    def setting(self):
        name = self.random.choice(self.stages)
        lines = ("tags = a, b", "description = New", "env.MORE = 1", "input.more = in/a", "config.new = {{params.w}}",
                 "output.none = nothing\noutput.none.optional = yes", "version.x = echo 1", "pass_env = RICH_PASS")
        self.extra[name] = [] if self.extra.get(name) else [self.random.choice(lines)]
        keys = {line.split(" =")[0] for line in self.extra[name]}
        if any(f"\n{key} = " in "\n" + BLOCKS[name] for key in keys):
            self.extra[name] = []
        self.write_definition()
        return f"{name}: {self.extra[name]}"

    def surround(self):
        self.variables["RICH_PASS"] = str(self.random.randrange(3))

    def header(self):
        self.head = self.random.choice(("", "description = About @\n", "keep_runs = 3\n", "requires = 0.1\n"))
        self.has_params = self.random.random() < 0.5
        self.included = self.random.random() < 0.5
        self.write_definition()
        return f"{self.head!r} {self.has_params} {self.included}"

    def script(self):
        path = self.random.choice(sorted(SCRIPTS))
        with open(self.at(path), "a", encoding="utf-8") as file:
            file.write("# changed\n")
        return path

    EDITS = [rewrite, rewrite, rewrite, touch, remove_or_restore, match, match, tell, tell, fail, fail, turn, turn,
             turn, order, rename, more_or_less, more_or_less, setting, setting, surround, header, script]


class Line(Rich):
    """Each stage waits for the one before: the order is known, and with it what runs without -k."""

    def __init__(self, top, seed):
        super().__init__(top, seed)
        self.stages = ["take", "between", "fails", "behind", "last"]
        self.knobs = {name: {"c": "0", "s": "0", "t": "time", "w": "words", "e": "no"} for name in self.stages}
        self.extra = {"between": ["after = take"], "fails": ["after = between"]}
        self.included = False
        self.write_definition()

    EDITS = [edit for edit in Rich.EDITS if edit.__name__ not in ("order", "more_or_less", "setting")]


class Mixed(Tree):
    """The pipelines of walk.py with its edits, which have fooled build tools."""

    def __init__(self, top, seed):
        super().__init__(top, seed)
        self.walk = walk.Walk.__new__(walk.Walk)
        self.walk.random, self.walk.seed, self.walk.top = self.random, seed, top
        self.walk.moves, self.walk.said = 0, []
        self.walk.tree = oracle.Pipeline(self.random, self.root)

    def environment(self):
        return {**super().environment(), "MIX_PASS": self.walk.tree.passed}

    def walks(self):
        edit = self.random.choice(walk.Walk.EDITS)
        detail = edit(self.walk)
        self.root = self.walk.tree.root
        return edit.__name__ + (f":{detail}" if detail else "")

    EDITS = [walks]


class Example(Tree):
    """A pipeline of the repository. Where its programs are not there, its stages fail, and that is compared."""

    def __init__(self, top, seed, name):
        super().__init__(top, seed)
        self.job, self.ending = name, f"pipelines/{name}.ini"
        os.makedirs(self.at("pipelines"))
        shutil.copy(os.path.join(SOURCE, self.ending), self.at(self.ending))
        shutil.copytree(os.path.join(SOURCE, "examples", name), self.at(f"examples/{name}"))
        media = os.path.join(SOURCE, "examples/media")
        if os.path.isdir(media):
            shutil.copytree(media, self.at("examples/media"))
        self.prefix = ("-f", self.ending)
        self.settings = {"quickstart": (("right", ("GPL-3", "MPL-2.0")), ("top", ("12", "3"))),
                         "subtitles": (("max_wer", ("0.4", "0.5")),)}[name]

    def program(self):
        found = sorted(glob.glob(f"examples/{self.job}/*", root_dir=self.root))
        path = self.at(self.random.choice(found))
        with open(path, "ab") as file:
            file.write(b"# changed\n")
        return os.path.basename(path)

    def parameter(self):
        with open(self.at(self.ending), encoding="utf-8") as file:
            text = file.read()
        key, values = self.random.choice(self.settings)
        value = self.random.choice(values)
        self.write(self.ending, re.sub(rf"^({key} *= ).*", rf"\g<1>{value}", text, flags=re.M))
        return f"{key} = {value}"

    EDITS = [program, parameter]


def subjects(number):
    """The kind of the subject of this number, as a function of top and seed, and its name."""
    if number == 0:
        return "quickstart", lambda top, seed: Example(top, seed, "quickstart")
    if number == 3:
        return "subtitles", lambda top, seed: Example(top, seed, "subtitles")
    return [("rich", Rich), ("rich", Rich), ("mixed", Mixed), ("line", Line)][number % 4]

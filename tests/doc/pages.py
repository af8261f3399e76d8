#!/usr/bin/env python3
"""Checks of README.md and the pages of src/doc: what they say is true of the program.

pages.py links ROOT                    every link of a page leads to a file and a heading that exist
pages.py readme ROOT                   README.md stays short, and names every page
pages.py definitions ROOT RESTAGE      each block of an INI file passes `restage check`
pages.py sessions ROOT RESTAGE PAGE    each console block is typed, and must print what the page shows
pages.py fill ROOT RESTAGE PAGE        writes into the page what is printed now, to be looked at before it is committed
pages.py manuals ROOT DOC              the manual pages in DOC have every heading and item of their pages
pages.py picture ROOT RESTAGE          the picture of a terminal is small, and shows what the program says today
pages.py --self-test RESTAGE           seeds mistakes, and checks that each is found

The first line of a block says what it is: ```ini is a whole definition; ```ini stage are keys of a stage;
```ini part is read by people only; ```ini NAME, or any other language with the name of a file, is
written by the session; ```console is typed. In a session times, memory and the ids of runs may differ, the
directory is /home/you/zoo, and a line `...` stands for any lines.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

WORDS = range(1200, 1701)  # of README.md
MANUALS = {"commands.md": "restage.1", "pipeline-file.md": "restage.ini.5"}

# What keys of a stage may refer to.
AROUND = """[pipeline]
name = page
[params]
model = en-us
mode = fast
train.seed = 1
[pools]
net = 2
[stage:demux]
command = echo > {{output.audio}}
output.audio = audio.wav
[stage:trim]
enabled = {{params.mode}} == slow
command = echo > {{output.r}}
output.r = r.fq
[stage:page]
"""


class Page:
    def __init__(self, path):
        self.path = path
        self.blocks, self.headings, self.links = [], [], []  # block: line, words behind the ```, text
        block = None
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
            if line.startswith("```"):
                if block is None:
                    block = (number, line[3:].split(), [])
                else:
                    self.blocks.append((block[0], block[1], "\n".join(block[2]) + "\n"))
                    block = None
            elif block is not None:
                block[2].append(line)
            else:
                if line.startswith("#"):
                    self.headings.append(line)
                prose = re.sub(r"`[^`]*`", "", line)
                self.links += [(number, link) for link in re.findall(r"\]\(([^)]+)\)", prose)]
        if block:
            raise SystemExit(f"{path}:{block[0]}: a block without an end")

    def anchors(self):
        """As GitHub makes them, of all headings: pairs of a level and a name."""
        found = []
        for heading in self.headings:
            marks, _, text = heading.partition(" ")
            name = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
            same = sum(name == re.sub(r"-\d+$", "", other) for _, other in found)
            found.append((len(marks), f"{name}-{same}" if same else name))
        return found


def pages_of(root):
    return [pathlib.Path(root, "README.md"), *sorted(pathlib.Path(root, "src/doc").glob("*.md"))]


def check_contents(page):
    """Where a page has contents, they are its sections."""
    starts = [number for number, line in enumerate(page.path.read_text("utf-8").split("\n"), 1)
              if line.startswith("**Contents:**")]
    contents = [link[1:] for number, link in page.links if number in starts]
    sections = [name for level, name in page.anchors() if level == 2]
    if starts and contents != sections:
        yield f"{page.path}:{starts[0]}: the contents are {contents}, the sections {sections}"


def check_links(root):
    for path in pages_of(root):
        yield from check_contents(Page(path))
        for number, link in Page(path).links:
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = path.parent / name if name else path
            if not target.exists():
                yield f"{path}:{number}: there is no {name}"
            elif anchor and anchor not in [name for _, name in Page(target).anchors()]:
                yield f"{path}:{number}: {target.name} has no heading '{anchor}'"


def check_readme(root):
    path = pathlib.Path(root, "README.md")
    text = path.read_text("utf-8")
    if len(text.split()) not in WORDS:
        yield f"{path}: {len(text.split())} words; it has {WORDS[0]} to {WORDS[-1]}"
    for page in pages_of(root)[1:]:
        if f"(src/doc/{page.name})" not in text:
            yield f"{path}: does not name src/doc/{page.name}"


MISSING = re.compile(r"input '([^/'][^']*)' is made by no stage|cannot open '([^/'][^']*)'|nothing matches '([^']*)'|"
                     r"'dir' is '([^']*)', and there is no")


def write(folder, name, text):
    file = pathlib.Path(folder, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def is_file(words):
    return len(words) == 2 and words[1] not in ("stage", "part")


def check_definition(text, restage, files):
    """What `check` says; files of others that it misses are made, and it is asked again."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files:
            write(folder, name, content)
        write(folder, "pipeline.ini", text)
        made = set()
        while True:
            check = subprocess.run([restage, "-C", folder, "check"], capture_output=True, text=True, check=False)
            missing = {"".join(files).replace("*", "x") or f"{folder_of}/any"
                       for *files, folder_of in MISSING.findall(check.stderr)}
            if missing <= made:
                return check.stderr
            made |= missing
            for name in missing:
                write(folder, name, "")


def check_definitions(root, restage):
    for path in pages_of(root):
        blocks = Page(path).blocks
        files = [(words[1], text) for _, words, text in blocks if is_file(words)]
        for number, words, text in blocks:
            if words[:1] != ["ini"] or words[1:] == ["part"]:
                continue
            if words[1:] == ["stage"]:
                around = AROUND if re.search("^command", text, re.M) else AROUND + "command = true\n"
                text = around + text
            told = check_definition(text, restage, files)
            if told:
                yield f"{path}:{number}: {told}"


def plain(text, is_sorted):
    """What two outputs must have in common."""
    text = re.sub(r"\d{8}_\d{6}(_\d+)?", "RUN", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?", "WHEN", text)
    text = re.sub(r"\d+\.\d+s|\d+\.\d+ ms", "TIME", text)
    text = re.sub(r"TIME, [\d.]+ [KM]B", "TIME, MEMORY", text)
    text = re.sub(r" \(saved TIME\)", "", text)
    text = re.sub(r"(Resources: TIME), .*", r"\1, MEASURES", text)
    text = re.sub(r"^unusual: .*\n", "", text, flags=re.M)  # on a busy machine
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    return sorted(lines) if is_sorted else lines


def is_alike(shown, printed, is_run):
    is_sorted = is_run and "..." not in shown.split("\n")  # what runs side by side ends in any order
    wanted, got = plain(shown, is_sorted), plain(printed, is_sorted)
    pattern = "".join("(.*\n)*" if line == "..." else re.escape(line) + "\n" for line in wanted)
    return re.fullmatch(pattern, "\n".join(got) + "\n")


def type_blocks(page, restage):
    """Types each line of the page that begins with `$ `: line of its block, command, what is shown and printed."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": f"{pathlib.Path(restage).parent}:/usr/local/bin:/usr/bin:/bin", "HOME": folder,
               "LC_ALL": "C.UTF-8", "TERM": "dumb", "TZ": "UTC"}
        for number, words, text in page.blocks:
            if is_file(words):
                write(folder, words[1], text)
            for part in re.split(r"^\$ ", text, flags=re.M)[1:] if words == ["console"] else []:
                command, _, shown = part.partition("\n")
                made = subprocess.run(["bash", "-c", command], cwd=folder, env=env, text=True, check=False,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                yield number, command, shown, made.stdout.replace(folder, "/home/you/zoo")


def check_session(root, restage, page):
    path = pathlib.Path(root, page)
    number = 0
    for number, command, shown, printed in type_blocks(Page(path), restage):
        if not is_alike(shown.strip("\n"), printed.strip("\n"), command.startswith("restage")):
            yield f"{path}:{number}: '{command}' prints\n{printed}and not\n{shown}"
    if not number:
        yield f"{path}: nothing to type"


def fill_session(root, restage, page):
    """Puts into the page what is printed now, but where it leaves lines out."""
    path = pathlib.Path(root, page)
    text, at = path.read_text("utf-8"), 0
    for _, command, shown, printed in type_blocks(Page(path), restage):
        at = text.index(f"$ {command}\n", at) + len(command) + 3
        if "..." not in shown.split("\n") and not is_alike(shown.strip("\n"), printed.strip("\n"), True):
            text = text[:at] + printed.strip("\n") + "\n" * bool(printed.strip("\n")) + text[at + len(shown):]
    path.write_text(text, "utf-8")
    return []


def check_manuals(root, doc):
    for page, name in MANUALS.items():
        made = subprocess.run(["man", "--warnings", "-l", str(pathlib.Path(doc, name))], capture_output=True, text=True,
                              env={"MANWIDTH": "1000", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, check=False)
        if made.returncode or made.stderr:
            yield f"{name}: {made.stderr or made.returncode}"
        shown = re.sub(r"\s+", " ", made.stdout).lower()
        text = pathlib.Path(root, "src/doc", page).read_text("utf-8")
        wanted = re.findall(r"^##+ (.*)$|^- (`.*?`):|^\| (`.*?`) \|", text, re.M)
        if not wanted:
            yield f"{page}: no headings"
        for word in ("".join(groups).replace("`", "").replace("\\|", "|") for groups in wanted):
            if re.sub(r"\s+", " ", word).lower() not in shown:
                yield f"{name}: '{word}' of {page} is missing"


def check_picture(root, restage):
    shown = pathlib.Path(root, "src/doc/terminal.svg")
    if shown.stat().st_size >= 150_000:
        yield f"{shown}: {shown.stat().st_size} bytes"
    with tempfile.TemporaryDirectory() as folder:
        fresh = pathlib.Path(folder, "terminal.svg")
        script = pathlib.Path(root, "src/doc/terminal.py")
        subprocess.run([sys.executable, str(script), restage, str(fresh)], check=True)
        now, then = (plain(ElementTree.parse(file).getroot()[0].text, True) for file in (fresh, shown))
    if now != then:
        yield f"{shown}: what it shows is not what is said now: src/doc/terminal.py makes it anew:\n" + "\n".join(now)


def self_test(restage):
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "src/doc").mkdir(parents=True)
        links = "[x](b.md) [y](a.md#a-b) [z](#none) [v](#a-b-1) `[no](link)`"
        (root / "src/doc/a.md").write_text(f"# A b\n{links}\n## A b\n", "utf-8")
        blocks = ("```console\n$ echo 1\n2\n```\n```ini stage\ntimeuot = 1\n```\n"
                  "```ini\n[stage:a]\ncommand = true\n```\n")
        (root / "README.md").write_text(f"# R\n**Contents:** [Here](#one)\n## One\n## Two\n{blocks}", "utf-8")
        for found, number in ((check_links(root), 3), (check_readme(root), 2), (check_definitions(root, restage), 1),
                              (check_session(root, restage, "README.md"), 1)):
            told = list(found)
            if len(told) != number:
                missed.append(f"{number} mistakes expected: {told}")
    for shown, printed, is_good in (("a\n...\nd", "a\nb\nc\nd", True), ("a\n...\nd", "a\nb\nc", False),
                                    ("done in 0.0s", "done in 1.5s", True), ("a\nb", "b\na", True),
                                    ("a\nb", "a\nc", False), ("a", "a\nb", False)):
        if bool(is_alike(shown, printed, True)) != is_good:
            missed.append(f"{shown!r} and {printed!r}")
    return missed


CHECKS = {"links": check_links, "readme": check_readme, "definitions": check_definitions,
          "sessions": check_session, "fill": fill_session, "manuals": check_manuals, "picture": check_picture,
          "--self-test": self_test}


def main(args):
    mistakes = list(CHECKS[args[0]](*args[1:]))
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

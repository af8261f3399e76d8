#!/usr/bin/env python3
"""Records a session with restage in a terminal, and draws it as a moving picture.

terminal.py RESTAGE PICTURE.svg

What is typed stands in SESSION, the pipeline in PIPELINE: its stages mostly sleep, so that there is something to
see. Every line of the picture is what restage wrote. The picture's description has the session as text.
"""
import fcntl
import os
import pathlib
import pty
import re
import struct
import sys
import tempfile
import termios
import time
from xml.sax.saxutils import escape

COLUMNS, ROWS = 110, 20
PIPELINE = """[pipeline]
name = talks

[stage:text]
foreach.talk = ann
    ben
    eve
command     = sleep 1.2 && tr a-z A-Z < {{input.sound}} > {{output.text}}
input.sound = in/{{each.talk}}.txt
output.text = text.txt

[stage:index]
command      = sleep 0.8 && cat {{input.texts}} | tr ' ' '\\n' | sort > {{output.words}}
input.texts  = {{text.text}}
output.words = words.txt

[stage:site]
command      = sleep 1 && cat {{input.words}} > {{output.page}}
input.words  = {{index.words}}
output.page  = page.html
"""
TALKS = {"ann": "hello and welcome", "ben": "who are you", "eve": "good bye"}
SESSION = ["restage run -j 2", "restage run", "echo 'and why' >> in/ben.txt", "restage run -n", "restage run",
           "restage why site"]
TYPING, THINKING, READING, END = 0.04, 0.5, 1.6, 4.0  # seconds: a key, before Enter, after an answer, at the end
STYLES = {"0": "", "39": "", "1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "34": "u", "35": "m", "36": "c",
          "90": "d"}


class Screen:
    """As much of a terminal as restage uses."""

    def __init__(self, columns):
        self.columns = columns
        self.lines, self.row, self.column, self.style = [[]], 0, 0, ""

    def write(self, text):
        for part in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|.", text, re.S):
            if part.startswith("\x1b["):
                self.control(part[2:-1], part[-1])
            elif part == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append([])
            elif part == "\r":
                self.column = 0
            elif part >= " ":
                if self.column == self.columns:
                    self.write("\r\n")
                line = self.lines[self.row]
                line += [(" ", "")] * (self.column + 1 - len(line))
                line[self.column] = (part, self.style)
                self.column += 1

    def control(self, number, letter):
        if letter == "A":
            self.row -= int(number or 1)
        elif letter in "KJ":
            del self.lines[self.row][self.column:]
            if letter == "J":
                del self.lines[self.row + 1:]
        elif letter == "m":
            self.style = STYLES[(number or "0").split(";")[-1]]

    def visible(self):
        lines = self.lines if self.lines[-1] else self.lines[:-1]
        return [tuple(line) for line in lines[-ROWS:]]


def answers(command, folder, path):
    """What the command writes into a terminal, with the seconds since it began."""
    start = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execve("/bin/sh", ["sh", "-c", command], {"PATH": f"{path}:/usr/bin:/bin", "TERM": "xterm-256color",
                                                      "LC_ALL": "C.UTF-8"})
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        yield time.monotonic() - start, data.decode("utf-8", "replace")
    os.close(terminal)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"'{command}' failed")


def record(restage):
    """The frames, which are pairs of seconds and of what is to be seen; when all ends; the session as text."""
    screen, whole, frames, now = Screen(COLUMNS), Screen(1000), [], 0.0

    def show(at, text):
        screen.write(text)
        whole.write(text)
        if not frames or frames[-1][1] != screen.visible():
            frames.append((round(at, 2), screen.visible()))

    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "pipeline.ini").write_text(PIPELINE, "utf-8")
        pathlib.Path(folder, "in").mkdir()
        for name, text in TALKS.items():
            pathlib.Path(folder, "in", name + ".txt").write_text(text + "\n", "utf-8")
        for command in SESSION:
            show(now, "\x1b[36m$\x1b[0m ")
            for letter in command:
                now += TYPING
                show(now, letter)
            now += THINKING
            show(now, "\r\n")
            took = 0.0
            for took, text in answers(command, folder, pathlib.Path(restage).resolve().parent):
                show(now + took, text)
            now += took + READING
    text = "\n".join("".join(letter for letter, _ in line).rstrip() for line in whole.lines)
    return frames, now + END, text.strip()


def spans(frames, end):
    """Each line at its place, with when it is there: (row, line) to pairs of seconds."""
    places = {}
    for number, (since, lines) in enumerate(frames):
        until = frames[number + 1][0] if number + 1 < len(frames) else end
        for row, line in enumerate(lines):
            times = places.setdefault((row, line), [])
            if times and times[-1][1] == since:
                times[-1][1] = until
            elif line:
                times.append([since, until])
    return places


def drawn(line):
    out, style = "", ""
    for letter, other in line:
        if other != style:
            out += "</tspan>" * bool(style) + f'<tspan class="{other}">' * bool(other)
            style = other
        out += escape(letter)
    return out + "</tspan>" * bool(style)


def picture(frames, end, text):
    width, height = COLUMNS * 8.4 + 32, ROWS * 19 + 30
    rules, body = [], []
    for number, ((row, line), times) in enumerate(spans(frames, end).items()):
        steps = []
        for since, until in times:
            steps += [(since / end * 100, "visible"), (until / end * 100, "hidden")]
        if steps[0][0] > 0:
            steps.insert(0, (0, "hidden"))
        keys = "".join(f"{at:.2f}%{{visibility:{state}}}" for at, state in steps if at < 100)
        is_last = times[-1][1] == end
        rules.append(f"@keyframes k{number}{{{keys}}}#t{number}{{animation-name:k{number}}}")
        hidden = "" if is_last else ' class="h"'
        body.append(f'<text id="t{number}"{hidden} x="16" y="{row * 19 + 30}">{drawn(line)}</text>')
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:.0f} {height}" \
role="img" aria-labelledby="d">
<desc id="d">{escape(text)}</desc>
<style>
rect{{fill:#f6f8fa;stroke:#d0d7de}}
text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre;\
animation:{end:.2f}s step-end infinite}}
.h{{visibility:hidden}}.b{{font-weight:bold}}.d{{fill:#59636e}}.r{{fill:#b31d28}}.g{{fill:#116329}}.y{{fill:#7d4e00}}
.u,.c{{fill:#0550ae}}.m{{fill:#8250df}}
@media (prefers-color-scheme:dark){{rect{{fill:#0d1117;stroke:#30363d}}text{{fill:#e6edf3}}.d{{fill:#9198a1}}\
.r{{fill:#ff7b72}}.g{{fill:#3fb950}}.y{{fill:#d29922}}.u,.c{{fill:#79c0ff}}.m{{fill:#d2a8ff}}}}
@media (prefers-reduced-motion:reduce){{text{{animation:none}}}}
{"".join(rules)}
</style>
<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="8"/>
{chr(10).join(body)}
</svg>
"""


def main(restage, path):
    pathlib.Path(path).write_text(picture(*record(restage)), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

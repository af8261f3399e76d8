"""The parts of compare_binaries.py that run no random pipelines: mistakes, the program stageio by itself, the tests of
tests/cli, and the proof that differences are found."""
import concurrent.futures
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import compare_alike
import compare_trees
import oracle

TESTS = os.path.join(compare_trees.SOURCE, "tests")
HERE = os.path.dirname(os.path.abspath(__file__))
EVERY = (["check"], ["list", "--json"], ["run", "-n"], ["graph", "--plain", "--json", "--files"], ["status"],
         ["graph", "--plain", "--instances"], ["list", "--files"])
FEW = (["check"], ["list", "--json"])
CHANGED_A_DEFINITION = 12
SEVERAL_LINES = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n(.*?)\n\s*\1\n", re.S)


def environment():
    return {**oracle.ENVIRONMENT, "HOME": "/nonexistent"}


def look(judge, args, root, commands, told):
    """Both programs look at one tree. -> whether they say the same"""
    is_same = True
    for words in commands:
        ended = [compare_alike.Ended([program, *words], root, environment()) for program in (args.old, args.new)]
        texts = [compare_alike.exact(done.text(), words) for done in ended]
        is_same &= judge.compare("command " + " ".join(words), *texts, told)
    return is_same


# Definitions

def written():
    """-> (where it is from, {file: text}) of each definition in the tests"""
    for path in sorted(glob.glob(TESTS + "/golden/*/pipeline.ini")):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            yield path, {"pipeline.ini": file.read()}
    for path in sorted(glob.glob(TESTS + "/fuzz/corpus/definition/*")):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            yield path, dict(zip(("pipeline.ini", "a.ini", "params.json"), file.read().split("\n===\n")))
    for path in sorted(glob.glob(TESTS + "/cli/*.sh")):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            for match in SEVERAL_LINES.finditer(file.read()):
                if re.search(r"^\[(stage:|pipeline\])", match[2], re.M):
                    yield path, {"pipeline.ini": match[2] + "\n"}
    for text in compare_trees.MISTAKES:
        whole = "[pipeline]\nname = p\n[stage:first]\ncommand = true\n" + text.replace("@", "first") + "\n"
        yield "compare_trees.MISTAKES", {"pipeline.ini": whole}


def changed(text, pick):
    """The definition as a tired user writes it."""
    lines = text.split("\n")
    at = pick.randrange(len(lines))
    line = lines[at]
    how = pick.randrange(9)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(at, line)
    elif how == 2:
        lines[at] = line.replace(" = ", "x = ", 1)
    elif how == 3:
        lines[at] = line.split("=")[0] + "= " + pick.choice(("", "0", "-1", "yes", "{{", "{{x}}", "a, b", "../x", "'"))
    elif how == 4 and line:
        spot = pick.randrange(len(line))
        lines[at] = line[:spot] + pick.choice("{}[]=\"'$.\\\x01é|") + line[spot + 1:]
    elif how == 5:
        lines[at] = "    " + line
    elif how == 6:
        lines[at] = line.replace("}}", pick.choice(("", " | stem}}", " | nosuch}}", "x}}", ".y}}")), 1)
    elif how == 7:
        lines.insert(at, pick.choice(compare_trees.MISTAKES).replace("@", "first"))
    else:
        other = pick.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def write_definition(root, files):
    shutil.rmtree(root, ignore_errors=True)
    for path in ("in/a", "in.txt", "a.txt", "in/a.mp4", "work.sh"):
        os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(root, path), "wb") as file:
            file.write(b"1\n")
    for path, text in files.items():
        with open(os.path.join(root, path), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)


def one_definition(scratch, number, case, args, judge):
    """-> how many forms of it were looked at, and how many differed"""
    where, files = case
    root = os.path.join(scratch, f"definition{number}")
    pick = random.Random(f"{args.seed}.{number}")
    done = wrong = 0
    for form in range(CHANGED_A_DEFINITION + 1):
        these = dict(files)
        if form:
            name = pick.choice(sorted(these))
            these[name] = changed(these[name], pick)
        # A root elsewhere, or patterns from the root of the machine, lead out of the scratch directory.
        if any(re.search(r"^\s*(root|out)\s*=|=\s*/\S*\*", text, re.M) for text in these.values()):
            continue
        write_definition(root, these)
        done += 1
        names = re.findall(r"^\[stage:([\w-]+)\]", these["pipeline.ini"], re.M)
        commands = FEW if form else [*EVERY, ["show", *names], ["show", "--json", *names]]
        told = [f"{os.path.relpath(where, TESTS)}, seed {args.seed}, form {form}"]
        wrong += not look(judge, args, root, commands, told)
    shutil.rmtree(root, ignore_errors=True)
    return done, wrong


def golden(scratch, args, judge):
    """The golden tests as they are, with what their `prepare` makes."""
    done = 0
    for path in sorted(glob.glob(TESTS + "/golden/*/pipeline.ini")):
        case, root = os.path.dirname(path), os.path.join(scratch, "golden")
        shutil.copytree(case, root)
        if os.path.exists(case + "/prepare"):
            subprocess.run([case + "/prepare"], cwd=root, check=True)
        words = ["check"]
        if os.path.exists(case + "/cmd"):
            with open(case + "/cmd", encoding="utf-8") as file:
                words = file.read().split()
        judge.failures += not look(judge, args, root, [words, *EVERY], [case])
        shutil.rmtree(root)
        done += 1
    return done


def definitions(scratch, args, judge):
    cases = list(written())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda pair: one_definition(scratch, pair[0], pair[1], args, judge), enumerate(cases)))
    judge.failures += sum(wrong for _, wrong in found)
    count = golden(scratch, args, judge)
    return f"{sum(done for done, _ in found)} forms of {len(cases)} definitions, {count} golden tests"


# The command line

def usage(scratch, args, judge):
    """Wrong command lines where there is no pipeline, and every text of help."""
    root = os.path.join(scratch, "empty")
    os.makedirs(root)
    text = compare_alike.Ended([args.old, "help"], root, environment()).out.decode()
    names = re.findall(r"^  ([a-z]+)", text.split("\ncommands", 1)[1].split("\noptions", 1)[0], re.M)
    lines = [["help"], ["--help"], ["--version"], ["help", "nosuch"], ["nosuch"], ["-C"], ["-C", "nosuch", "status"],
             ["--color", "x", "status"], ["-p", "x", "check"], ["-f", "nosuch.ini", "check"], ["--job", "", "check"],
             ["--job", "../x", "check"], ["-f", root, "check"], ["rum"], ["-x"], ["--"], ["", "x"]]
    for name in names:
        own = compare_alike.Ended([args.old, "help", name], root, environment()).out.decode()
        lines += [["help", name], [name, "--help"], [name, "--nosuch"], [name, "-Z"], ["help", name, name]]
        if name not in ("init", "completions"):
            lines += [[name], [name, "a"], [name, "a", "b", "c"]]
        for option in re.findall(r"^ +(?:-\w, +)?(--[\w-]+)", own, re.M):
            lines += [[name, option], [name, option + "="], [name, option + "=nosuch"], [name, option + "x"],
                      [name, option[:-1]], [name, option, "nosuch"]]
    lines += [["completions", shell] for shell in ("bash", "zsh", "fish", "nosuch", "")] + [["completions"]]
    lines = [words for words in lines if words != ["help", ""] and not (words[0] == "init" and len(words) > 1 and
             words[1] not in ("--help", "--nosuch", "-Z"))]
    for words in lines:
        judge.failures += not look(judge, args, root, [words], ["in an empty directory"])
    if os.listdir(root):
        raise AssertionError(f"a command that was to be wrong made {os.listdir(root)}")
    return f"{len(lines)} command lines"


# StageIO without a runner

STANDALONE = """
export STAGEIO_STAGE=%s STAGEIO_JOB_DIR=out/alone
stageio open && stageio input in.txt --type text --label i n=1 && stageio config a=1 b:='"x"' c:='[1,{"d":null}]'
echo made >"$(stageio output-path deep/made.txt)" && stageio output deep/made.txt --type text title="a b" stage=x
echo t >"$(stageio output-path t)" && stageio intermediate t --retained no --reason short
stageio log INFO one && stageio log WARNING two && printf 'three\\nfour\\n' | stageio log DEBUG -
stageio warning odd; stageio resource widgets=3; stageio cost 0.25 EUR tokens; stageio progress 0.5 half
stageio checksum in.txt; stageio input-path in.txt; stageio nosuch; stageio output; stageio cost x; stageio config a
stageio %s; echo $?
"""


def standalone(scratch, args, judge):
    """The program stageio, which lies beside both."""
    programs = [os.path.join(os.path.dirname(program), "stageio") for program in (args.old, args.new)]
    if not all(map(os.path.exists, programs)):
        return "no stageio"
    endings = ("finalize success segments=12", "finalize failed why=so", "finalize skipped reason='nothing in it'",
               "error --exception-type E --detail d 'went wrong'", "finalize success", "output nosuch --type none")
    for number, ending in enumerate(endings):
        texts = []
        for name, program in zip(("old", "new"), programs):
            root = os.path.join(scratch, "alone", name, str(number))
            os.makedirs(root)
            with open(root + "/in.txt", "w", encoding="utf-8") as file:
                file.write("1\n")
            path = os.path.dirname(program) + ":" + os.environ["PATH"]
            done = compare_alike.Ended(["sh", "-c", STANDALONE % (("first", "second")[number % 2], ending)], root,
                                       {**environment(), "PATH": path})
            text = done.text()
            for found in sorted(glob.glob("out/**", root_dir=root, recursive=True)):
                text += os.fsencode(found) + b"\n"
                if os.path.isfile(os.path.join(root, found)):
                    with open(os.path.join(root, found), "rb") as file:
                        text += file.read()
            for pattern, to in compare_alike.CHANGES:
                text = pattern.sub(to, text)
            texts.append(compare_alike.RUN_ID.sub(b"RUN", text.replace(os.fsencode(root), b"/TOP")))
        judge.failures += not judge.compare("stageio " + ending, *texts, ["without a runner"])
    return f"{len(endings)} records of stageio alone"


# The tests of tests/cli

AT_EACH_CALL = (["status", "--json"], ["run", "-n", "--json"], ["graph", "--json", "--files"], ["list", "--json"],
                ["check"], ["diff", "--json"], ["export", "--format", "csv"], ["status"], ["graph"])
TAKE_A_VALUE = ("-f", "--file", "-C", "--directory", "--job", "-p", "--param")


def options_of(argv):
    """The options that every command takes."""
    found, at = [], 0
    while at < len(argv) and argv[at] != "--":
        if argv[at] in TAKE_A_VALUE and at + 1 < len(argv):
            found += argv[at:at + 2]
            at += 1
        elif argv[at].split("=")[0] in TAKE_A_VALUE and "=" in argv[at]:
            found.append(argv[at])
        at += 1
    return found


def at_each_call(argv):
    """In place of restage in a test: both programs look at what is there; then the old one does what it is told."""
    old, new = os.environ["COMPARE_OLD"], os.environ["COMPARE_NEW"]
    lines = [[*options_of(argv), *words] for words in AT_EACH_CALL]
    if compare_alike.Ended([old, *lines[4]], None, None).code == 2:
        lines = lines[:5] + ([argv] if argv else [])  # nothing can run
    found = []
    for words in lines:
        for _ in range(3):  # what is looked at may change meanwhile: then neither says the same twice
            texts = [compare_alike.exact(compare_alike.Ended([program, *words], None, None).text(), words)
                     for program in (old, new, old, new)]
            is_steady = texts[0] == texts[2] and texts[1] == texts[3]
            if is_steady:
                break
        if is_steady:
            found.append([words, *(text.decode(errors="backslashreplace") for text in texts[:2])])
    with open(os.environ["COMPARE_FOUND"], "a", encoding="utf-8") as file:
        for words, one, other in found:
            file.write(json.dumps([words, one, other if other != one else None]) + "\n")
    os.execv(old, [old, *argv])


def cli(args, judge):
    """-> what was done"""
    with open(TESTS + "/cli/CMakeLists.txt", encoding="utf-8") as file:
        names = re.findall(r"^restage_cli\((\w+)\)", file.read(), re.M)
    names = [name for name in names if re.search(args.cli, name) and not re.match("serve_|signals_", name)]
    scratch = tempfile.mkdtemp(prefix="restage-compare.")
    program = os.path.join(scratch, "restage")
    with open(program, "w", encoding="utf-8") as file:
        file.write(f"#!{sys.executable}\nimport sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, {HERE!r})\n"
                   "import compare_suite\ncompare_suite.at_each_call(sys.argv[1:])\n")
    os.chmod(program, 0o755)

    def run(name):
        found = os.path.join(scratch, name + ".found")
        env = {**os.environ, "RESTAGE": program, "SOURCE": compare_trees.SOURCE, "COMPARE_OLD": args.old,
               "COMPARE_NEW": args.new, "COMPARE_FOUND": found, "BUILD": os.path.dirname(args.old), "TMPDIR": scratch}
        try:
            done = subprocess.run(["bash", f"{TESTS}/cli/{name}.sh"], env=env, cwd=scratch, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=300, check=False, start_new_session=True)
            is_good = done.returncode == 0
        except subprocess.TimeoutExpired:
            is_good = False
        if not os.path.exists(found):
            return name, is_good, []
        with open(found, encoding="utf-8") as file:
            return name, is_good, [json.loads(line) for line in file]

    disturbed = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, is_good, found in pool.map(run, names):
            if not is_good:
                disturbed.append(name)
            is_same = True
            for words, old, new in found:
                what = "command " + " ".join(words)
                is_same &= judge.compare(what, old.encode(), (old if new is None else new).encode(), [name])
            judge.failures += not is_same
    shutil.rmtree(scratch, ignore_errors=True)
    if disturbed:
        print("disturbed by being looked at:", *disturbed)
    return f"{len(names)} tests of tests/cli, {len(disturbed)} disturbed"


# That differences are found

# Each stands before a program and changes one thing: what is said, or a file after it was written.
MUTANTS = {
    "a message": ("", "s/up to date/up-to-date/"),
    "a usage message": ("", "s/unknown option/no option/"),
    "the order of members": (r"""find out -name manifest.json -exec sed -i 'N;s/\(  "errors": .*\)\n\(.*"warnings".*\)/\2\n\1/;P;D' {} +""", ""),
    "a reason": ("find out -name manifest.json -exec sed -i s/input_changed/input_added/ {} +", ""),
    "a line of a log": ("find out -name '99_pipeline_*.log' -exec sed -i '/Reason/d' {} +", ""),
    "a line of a stage's log": ("find out -name stage.log -exec sed -i '/Output directory/d' {} +", ""),
    "a member of a record": ("find out -name '*.jsonl' -exec sed -i 's/, \"allowed\": false//' {} +", ""),
    "a colour of the graph": ("find out -name graph.dot -exec sed -i s/fde2e0/fde2e1/ {} +", ""),
    "a mode": ("find out -name stage.log -exec chmod 600 {} +", ""),
}


def mutant(directory, program, after, words):
    """A program that does as the other, but for one thing."""
    path = os.path.join(directory, "restage")
    change = f"sed '{words}'" if words else "cat"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/bash\n{program} \"$@\" > >({change}) 2> >({change} >&2)\ncode=$?\nwait\n"
                   f"[ ! -d out ] || {{ {after or ':'}; }} >/dev/null 2>&1\nexit $code\n")
    os.chmod(path, 0o755)
    shutil.copy(os.path.join(os.path.dirname(program), "stageio"), directory)
    return path


def self_test(program, script):
    """-> exit code: a program is as itself, and each mutant is found"""
    build = os.path.dirname(program)
    env = {**os.environ, "MIX": build + "/tests/campaign/campaign_mix", "PYTHONDONTWRITEBYTECODE": "1"}
    scratch = tempfile.mkdtemp(prefix="restage-compare.")
    allow, wrong = os.path.join(scratch, "allow"), 0

    def found(*more):
        done = subprocess.run([sys.executable, script, program, *more], env=env, capture_output=True, text=True,
                              timeout=1800, check=False)
        return done.returncode, done.stdout + done.stderr

    cases = [("itself", 0, program, "walk")]
    for number, (name, how) in enumerate(MUTANTS.items()):
        directory = os.path.join(scratch, str(number))
        os.makedirs(directory)
        cases.append((name, 1, mutant(directory, program, *how), "usage" if "usage" in name else "walk"))
    for name, expected, other, part in cases:
        code, said = found(other, "--seed", "7", "--steps", "40", "--only", part)
        print(f"{name}: {'found' if code == 1 else 'the same' if code == 0 else 'failed'}", flush=True)
        # Found means told of: no traceback, which exits 1 too.
        if code != expected or (expected and "DIFFERS" not in said):
            wrong += 1
            print(said[-3000:])
    for text, expected in (("no option|unknown option", 0), ("no option|unknown option\nnever said", 1), ("never said", 1)):
        with open(allow, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        code, said = found(os.path.join(scratch, "1/restage"), "--only", "usage", "--seed", "7", "--allow", allow)
        print(f"permitted {text!r}: exit code {code}", flush=True)
        if code != expected:
            wrong += 1
            print(said[-3000:])
    shutil.rmtree(scratch)
    return 1 if wrong else 0

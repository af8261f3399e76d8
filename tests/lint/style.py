#!/usr/bin/env python3
"""Checks of C files what clang-format cannot: a blank line after the declarations that a function begins with,
braces around a statement inside a statement, comments of at most 100 columns, members on one line.

style.py [FILE ...]    prints each mistake as file:line: message; exit 1 if there is any. Without files: all
style.py --self-test   seeds mistakes and checks that each is found, and nothing in good text
"""
import pathlib
import re
import sys

COLUMNS = 100
TAB = 8

TOKEN = re.compile(
    r"""(?P<space>[ \t\f\r]+|\n|\\\n)
      | (?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<word>[A-Za-z_]\w*)
      | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
      | (?P<sign>\.\.\.|->|\+\+|--|.)""", re.X | re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
DIRECTIVE = re.compile(r"[ \t]*#(?:/\*.*?\*/|\\\n|[^\n])*", re.S)
OFF = re.compile(r"/\* clang-format off.*?(?:clang-format on|\Z)", re.S)

NESTING = {"if", "for", "while", "do", "switch"}
TYPES = {"const", "static", "extern", "register", "volatile", "signed", "unsigned", "struct", "union", "enum", "void",
         "char", "short", "int", "long", "float", "double", "bool", "_Bool", "_Atomic", "_Static_assert",
         "_Alignas", "_Thread_local", "typedef"}
NO_TYPES = NESTING | {"return", "goto", "break", "continue", "case", "default", "else", "sizeof"}


class Token:
    def __init__(self, text, start, end):
        self.text, self.start, self.end = text, start, end


class Source:
    """A text, its tokens (without comments and directives), and what it holds besides."""

    def __init__(self, text):
        self.text, self.tokens, self.comments = text, [], []
        self.off = [match.span() for match in OFF.finditer(text)]
        at, is_line_start = 0, True
        while at < len(text):
            directive = DIRECTIVE.match(text, at) if is_line_start else None
            match = directive or TOKEN.match(text, at)
            if directive:
                is_line_start = False
                self.comments += [comment.span() for comment in COMMENT.finditer(text, at, match.end())
                                  if "\\\n" not in directive[0]]
            elif match.lastgroup == "comment":
                self.comments.append(match.span())
            elif match.lastgroup == "space":
                is_line_start = is_line_start or match[0] == "\n"
            else:
                self.tokens.append(Token(match[0], *match.span()))
                is_line_start = False
            at = match.end()

    def is_off(self, at):
        return any(start <= at < end for start, end in self.off)

    def line(self, at):
        return self.text.count("\n", 0, at) + 1


class Statement:
    """kind: block, declaration, unused ("(void)x;"), empty, other, or the word it begins with; inner: the statements in it, of
    an if the one, or the two with the else between them."""

    def __init__(self, kind, first, last, inner=(), control=None):
        self.kind, self.first, self.last = kind, first, last  # first and last are tokens
        self.inner, self.control = list(inner), control  # control: the token that the first inner one follows


def closing(tokens, at):
    """The place of the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(tokens)):
        if tokens[i].text in "([{":
            depth += 1
        elif tokens[i].text in ")]}":
            depth -= 1
            if depth == 0:
                return i
    raise ValueError("a bracket is not closed")


def is_declaration(tokens, at, end):
    words = [token.text for token in tokens[at:end]]
    if words[0] in TYPES:
        return True
    if not re.fullmatch(r"[A-Za-z_]\w*", words[0]) or words[0] in NO_TYPES:
        return False
    i = 1
    while words[i] in ("*", "const"):
        i += 1
    behind = words[i + 2 if words[i + 1].endswith("_LOCAL") else i + 1]
    return bool(re.fullmatch(r"[A-Za-z_]\w*", words[i])) and behind in ("=", ";", ",", "[", "(")


def statement(tokens, at):
    """The statement at `at`, and where the next begins."""
    first = tokens[at]
    word = first.text
    if word == "{":
        inner, at = [], at + 1
        while tokens[at].text != "}":
            found, at = statement(tokens, at)
            inner.append(found)
        return Statement("block", first, tokens[at], inner), at + 1
    if word in ("if", "for", "while", "switch"):
        end = closing(tokens, at + 1)
        body, after = statement(tokens, end + 1)
        inner = [body]
        if word == "if" and tokens[after].text == "else":
            other, after = statement(tokens, after + 1)
            inner.append(other)
        return Statement(word, first, tokens[after - 1], inner, tokens[end]), after
    if word == "do":
        body, after = statement(tokens, at + 1)
        end = closing(tokens, after + 1) + 1
        return Statement(word, first, tokens[end], [body], first), end + 1
    if word in ("case", "default") or (tokens[at + 1].text == ":" and re.fullmatch(r"[A-Za-z_]\w*", word)):
        while tokens[at].text != ":":
            at = closing(tokens, at) + 1 if tokens[at].text in "([{" else at + 1
        if tokens[at + 1].text == "}":
            return Statement("empty", first, tokens[at]), at + 1
        found, after = statement(tokens, at + 1)
        return Statement("label", first, found.last, [found], tokens[at]), after
    end = at
    while tokens[end].text not in (";", "}"):
        end = closing(tokens, end) + 1 if tokens[end].text in "([{" else end + 1
    if tokens[end].text == "}":  # a macro that is called for each row of a table needs no semicolon
        return Statement("other", first, tokens[end - 1]), end
    kind = "declaration" if is_declaration(tokens, at, end + 1) else "other"
    if [token.text for token in tokens[at:at + 3]] == ["(", "void", ")"] and end == at + 4:
        kind = "unused"
    return Statement(kind, first, tokens[end]), end + 1


def bodies(source):
    """The functions' bodies: a brace behind a parenthesis, outside of all others."""
    tokens, at = source.tokens, 0
    while at < len(tokens):
        if tokens[at].text == "{" and at and tokens[at - 1].text == ")":
            body, at = statement(tokens, at)
            yield body
        elif tokens[at].text == "{" and at and tokens[at - 1].text.startswith('"'):
            at += 1  # extern "C"
        elif tokens[at].text in "([{":
            at = closing(tokens, at) + 1
        else:
            at += 1


def unseparated(source):
    """Of each function that goes on right behind its first declarations: where, as the end of the last."""
    for body in bodies(source):
        has_declared = False
        for before, after in zip(body.inner, body.inner[1:]):
            between = source.text[before.last.end:after.first.start]
            between = re.sub(r"/\*.*?\*/", "c", between, flags=re.S)
            if before.kind not in ("declaration", "unused") or re.search(r"#|\n\s*\n", between):
                break
            has_declared = has_declared or before.kind == "declaration"
            if has_declared and after.kind not in ("declaration", "unused"):
                yield before.last.end
                break


def parts(found):
    """The statements that may need braces of their own: each with the token that it follows."""
    if found.kind in ("for", "while", "do"):
        return [found.inner[0]]
    if found.kind == "if":
        return [part for i, part in enumerate(found.inner) if i == 0 or part.kind != "if"]
    return []


def unbraced(source):
    """Statements that are inside of another without braces."""
    def walk(found):
        for part in parts(found):
            if part.kind in NESTING:
                yield part
        for part in found.inner:
            yield from walk(part)

    for body in bodies(source):
        yield from walk(body)


def width(line):
    return len(line.expandtabs(TAB))


def wide_comments(source):
    """Lines over COLUMNS because of a comment: (start of the comment, start of the line). What is indented
    inside a comment is a table or an example, and stays as it is."""
    for start, end in source.comments:
        if source.is_off(start):
            continue
        at = source.text.rfind("\n", 0, start) + 1
        is_first = True
        while at < end:
            stop = source.text.find("\n", at)
            line = source.text[at:stop if stop >= 0 else len(source.text)]
            is_kept = re.match(r"[ \t]*\*(?:\t|  )", line) and not is_first
            if width(line) > COLUMNS and not is_kept and len(line.split()) > 2:
                yield start, at
            at, is_first = at + len(line) + 1, False


TORN = re.compile(r"^(\t+(?:(?:const|struct|enum|unsigned) )*\w+(?: \*+(?:const)?)*)\n\t+(\**\w+(?:\[\w*\])?;)", re.M)


def torn_members(source):
    """Members of which the type stands on one line and the name on the next."""
    for match in TORN.finditer(source.text):
        if match[1].strip() not in ("else", "do", "return", "break", "continue") and not source.is_off(match.start()):
            yield match


def check(text):
    source = Source(text)
    mistakes = [(at, "no blank line behind the declarations") for at in unseparated(source)]
    mistakes += [(part.first.start, f"'{part.first.text}' inside a statement without braces")
                 for part in unbraced(source)]
    mistakes += [(at, f"a comment beyond {COLUMNS} columns") for _, at in wide_comments(source)]
    mistakes += [(match.start(), "a type and its name on two lines") for match in torn_members(source)]
    return sorted((source.line(at), message) for at, message in mistakes)


GOOD = r"""
/* An example:
 *	        x                                                                                                    y
 */
#define EACH(x) for (;;) if (x) {
struct a {
	const char *name; /* of it */
	unsigned is_set : 1;
};
static const char *const names[] = {"if (a) if (b) {", "/*"};
static int f(struct a *a, int (*g)(void))
{
	struct a *next = a;
	const char c = '"';
	(void)c;

	/* first */
	for (;;) {
		if (g)
			next = NULL;
		else if (a)
			break;
	}
	do
		g();
	while (next);
	switch (a->is_set) {
	case 1:
		for (int i = 0; i < 3; i++)
			g();
		break;
	default:
		return 2 * (int)c;
	}
again:
	while (a) {
		int b = g();
		if (b)
			goto again;
	}
	return 0;
}
int h(void)
{
	return f(NULL, NULL);
}
int k(void)
{
	size_t len;
}
"""

# A place of it, what stands there instead, and what must be found.
BAD = [
    ("	(void)c;\n\n", "	(void)c;\n", [(15, "no blank line behind the declarations")]),
    ("	return f(NULL, NULL);", "	FILE *f = NULL;\n	return f;", [(45, "no blank line behind the declarations")]),
    ("	return f(NULL, NULL);", "	char b[3] = {0};\n	/* why */\n	b[0]++;",
     [(45, "no blank line behind the declarations")]),
    ("	for (;;) {\n		if (g)\n			next = NULL;\n		else if (a)\n			break;\n	}",
     "	for (;;)\n		if (g)\n			next = NULL;", [(19, "'if' inside a statement without braces")]),
    ("	for (;;) {\n		if (g)\n			next = NULL;\n		else if (a)\n			break;\n	}",
     "	if (g)\n		c++;\n	else\n		while (a)\n			for (;;)\n				c++;",
     [(21, "'while' inside a statement without braces"), (22, "'for' inside a statement without braces")]),
    ("		g();\n	while (next);", "		if (a)\n			g();\n	while (next);",
     [(25, "'if' inside a statement without braces")]),
    ("	/* first */", "	/* first " + "and more " * 12 + "*/", [(17, "a comment beyond 100 columns")]),
    ("/* of it */", "/* of it, " + "and more " * 10 + "*/", [(7, "a comment beyond 100 columns")]),
    ("	const char *name; /* of it */", "	const char\n		*name; /* of it */",
     [(7, "a type and its name on two lines")]),
]


def self_test():
    wrong = [f"good text: {mistake}" for mistake in check(GOOD)]
    for old, new, expected in BAD:
        found = check(GOOD.replace(old, new)) if GOOD.count(old) == 1 else "no such place"
        if found != expected:
            wrong.append(f"{new!r}: expected {expected}, found {found}")
    return wrong


def files():
    return sorted(str(path) for top in ("src", "include", "tests") for path in pathlib.Path(top).rglob("*.[ch]"))


def main(args):
    if args == ["--self-test"]:
        mistakes = self_test()
    else:
        mistakes = [f"{path}:{line}: {message}" for path in args or files()
                    for line, message in check(pathlib.Path(path).read_text("utf-8"))]
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

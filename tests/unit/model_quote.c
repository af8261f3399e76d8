/* Values in shell scripts: whatever a file is called, it is one word, and no part of it is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "model/command/quote.h"

/* '@' in a script is the place of the values. Returns the mistake, if there was one. */
static const char *fill(
	const char *script, const char *shell, const char *const *values, struct buf *out)
{
	struct quote quote;
	const char *mistake;

	quote_start(&quote, out, shell);
	while (*script) {
		size_t len = strcspn(script, "@");
		quote_script(&quote, script, len);
		script += len;
		if (*script != '@')
			break;
		script++;
		quote_open(&quote);
		for (const char *const *value = values; *value; value++)
			quote_value(&quote, *value);
	}
	mistake = quote.mistake;
	quote_end(&quote);
	return mistake;
}

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_filled(const char *script, const char *const *values, const char *expected)
{
	struct buf out = {0};

	assert_null(fill(script, NULL, values, &out));
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void assert_refused(const char *script, const char *value, const char *expected)
{
	struct buf out = {0};
	const char *mistake = fill(script, NULL, VALUES(value), &out);

	assert_non_null(mistake);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void values_are_quoted_where_they_stand(void **state)
{
	(void)state;
	assert_filled("x @ y", VALUES("a"), "x a y");
	assert_filled("x @ y", VALUES("a b"), "x 'a b' y");
	assert_filled("x --a=@.c", VALUES("a b"), "x --a='a b'.c");
	assert_filled("x \"@\"", VALUES("a"), "x \"a\"");
	assert_filled("x \"q @.c\"", VALUES("a b"), "x \"q \"'a b'\".c\"");
	assert_filled("x 'q @.c'", VALUES("a'b"), "x 'q ''a'\\''b''.c'");
	assert_filled("x \"$(y @)\"", VALUES("a b"), "x \"$(y 'a b')\"");
	assert_filled("x \"$(y \"@\")\"", VALUES("a b"), "x \"$(y \"\"'a b'\"\")\"");
	assert_filled("x @ y", VALUES("a", "b c"), "x a 'b c' y");
	assert_filled("x \"@\" y", VALUES("a", "b c"), "x \"a\" \"\"'b c'\"\" y");
	assert_filled("x @ y", (const char *const[]){NULL}, "x  y");
	assert_filled("x \"@\"", VALUES(""), "x \"\"");
	assert_filled("x @", VALUES(""), "x ''");
}

static void neighbours_are_kept_apart(void **state)
{
	(void)state;
	assert_filled("x $@", VALUES("HOME"), "x \\$HOME");
	assert_filled("x \"$@\"", VALUES("HOME"), "x \"\\$HOME\"");
	assert_filled("x $a@ $$@", VALUES("b"), "x $a'b' $$b");
	assert_filled("x \"$a@\"", VALUES("b"), "x \"$a\"'b'\"\"");
	assert_filled("x ~@ [@] {@,@}", VALUES("a"), "x ~'a' ['a'] {'a','a'}");
	assert_filled("x \\@", VALUES("a b"), "x 'a b'");
	assert_filled("x \"\\@\"", VALUES("a"), "x \"\\\\a\"");
	assert_filled("x @>y @<z a@>y", VALUES("2"), "x 2''>y 2''<z a2>y");
	assert_filled("x 1@>y", VALUES("2"), "x 12''>y");
	assert_filled("x @@>y", VALUES("2"), "x 22''>y");
	assert_filled("x @ >y", VALUES("2"), "x 2 >y");
	assert_filled("@ x", VALUES("if"), "'if' x");
	assert_filled("@ x", VALUES("A=1"), "'A=1' x");
}

static void here_documents_have_no_quotes(void **state)
{
	(void)state;
	assert_filled("cat <<E\n@ x\nE\nx @", VALUES("a $b"), "cat <<E\na \\$b x\nE\nx 'a $b'");
	assert_filled("cat <<'E'\n@ x\nE\nx @", VALUES("a $b"), "cat <<'E'\na $b x\nE\nx 'a $b'");
	assert_filled(
		"cat <<-E\n\t@ x\n\tE\nx @", VALUES("a b"), "cat <<-E\n\ta b x\n\tE\nx 'a b'");
	assert_filled("cat <<A <<B\n@\nA\n@\nB\nx @", VALUES("a b"),
		"cat <<A <<B\na b\nA\na b\nB\nx 'a b'");
	assert_filled("x \"$(cat <<E\n@\nE\n)\" @", VALUES("a"), "x \"$(cat <<E\na\nE\n)\" a");
	assert_filled("cat <<<@ @", VALUES("a b"), "cat <<<'a b' 'a b'");
}

static void what_cannot_be_quoted_is_refused_and_made_harmless(void **state)
{
	(void)state;
	assert_filled("x `y @`", VALUES("a"), "x `y a`");
	assert_refused("x `y @`", "a;b", "x `y a_b`");
	assert_refused("x `y $@`", "HOME", "x `y $_HOME`");
	assert_refused("x `y $a@`", "b", "x `y $a_b`");
	assert_refused("x ${a:-@}", "$(b)", "x ${a:-__b_}");
	assert_refused("x \"${a:-'b'}\" @", "a b", "x \"${a:-'b'}\" a_b");
	assert_refused("x $((@))", "a[$(b)]", "x $((a___b__))");
	assert_refused("((@))", "a b", "((a_b))");
	assert_refused("x $'@'", "a'b", "x $'a_b'");
	assert_refused("x \"$(case y in y) z;; esac)\" \"@\"", "a b",
		"x \"$(case y in y) z;; esac)\" \"a_b\"");
	assert_refused("cat <<@\nx\n", "a b", "cat <<a_b\nx\n");
	assert_refused("cat <<E\n@\nE\n", "E", "cat <<E\nE\nE\n");
	assert_refused("cat <<E\n$(x @)\nE\n", "a b", "cat <<E\n$(x a_b)\nE\n");
	assert_refused("cat <<E\n$a@\nE\n", "b", "cat <<E\n$ab\nE\n");
	/* bash 5.2 would end the document there */
	assert_refused("x \"$(cat <<'E'\n@\nE\n)\"", "E$(y)", "x \"$(cat <<'E'\nE__y_\nE\n)\"");
	assert_refused("x \"$(cat <<'E'\n@\nE\n)\"", "E.x", "x \"$(cat <<'E'\nE.x\nE\n)\"");
	assert_refused("x \"$$(y '@')\"", "a b", "x \"$$(y 'a_b')\"");
	assert_refused("x $((a) @; b))", "a b", "x $((a) a_b; b))");
	assert_refused("x $\\\n(@)", "a b", "x $\\\n(a_b)");
}

static void other_shells_take_plain_values(void **state)
{
	struct buf out = {0};
	(void)state;

	assert_null(fill("open('@')", "python3 -c", VALUES("a.txt"), &out));
	assert_string_equal(buf_text(&out), "open('a.txt')");
	buf_reset(&out);
	assert_non_null(fill("open('@')", "python3 -c", VALUES("a'b"), &out));
	assert_string_equal(buf_text(&out), "open('a_b')");
	buf_free(&out);
	assert_true(quote_knows(NULL));
	assert_true(quote_knows("/usr/bin/env bash -euo pipefail -c"));
	assert_false(quote_knows("fish -c"));
}

/* Each script prints the value it was given (or the value in a frame), ended by NUL. */
static const struct {
	const char *script;
	const char *before, *after;
	bool is_line; /* a here-document: lines cannot hold every name */
} places[] = {
	{"printf '%s\\0' @", "", "", false},
	{"printf '%s\\0' \"@\"", "", "", false},
	{"printf '%s\\0' '@'", "", "", false},
	{"printf '%s\\0' x@y", "x", "y", false},
	{"printf '%s\\0' \"x @ y\"", "x ", " y", false},
	{"printf '%s\\0' 'x @ y'", "x ", " y", false},
	{"printf '%s\\0' --in=@", "--in=", "", false},
	{"printf '%s\\0' \\@", "", "", false},
	{"printf '%s\\0' \"\\@\"", "\\", "", false},
	{"printf '%s\\0' '\\@'", "\\", "", false},
	{"printf '%s\\0' $@", "$", "", false},
	{"printf '%s\\0' \"$@\"", "$", "", false},
	{"printf '%s\\0' '$@'", "$", "", false},
	{"a=1; printf '%s\\0' $a@", "1", "", false},
	{"a=1; printf '%s\\0' \"$a@\"", "1", "", false},
	{"a=1; printf '%s\\0' ${a}@", "1", "", false},
	{"a=1; printf '%s\\0' \"${a}@\"", "1", "", false},
	{"a=@; printf '%s\\0' \"$a\"", "", "", false},
	{"f() { printf '%s\\0' \"$1\"; }; f @", "", "", false},
	{"( printf '%s\\0' @ )", "", "", false},
	{"if true; then printf '%s\\0' @; fi", "", "", false},
	{"case x in x) printf '%s\\0' @;; esac", "", "", false},
	{"for i in @; do printf '%s\\0' \"$i\"; done", "", "", false},
	{"printf '%s\\0' \"$(printf '%s.' @)\"", "", ".", false},
	{"printf '%s\\0' \"$(printf '%s.' \"@\")\"", "", ".", false},
	{"printf '%s\\0' \"$(printf '%s.' '@')\"", "", ".", false},
	{"printf '%s\\0' \"$( (printf '%s.' \"$(printf '%s.' @)\") )\"", "", "..", false},
	{"printf '%s\\0' \"${none:-$(printf '%s.' @)}\"", "", ".", false},
	{"# it's @ \"\nprintf '%s\\0' @", "", "", false},
	{"printf '%s\\0' @ # it's @", "", "", false},
	{"printf '%s\\0' it\\'s@", "it's", "", false},
	{"printf '%s\\0' \"it's\"@", "it's", "", false},
	{"printf '%s\\0' a#'@", NULL, NULL, false}, /* an open quote: nothing is printed */
	{"printf '%s\\0' 'a'\"b\"'@'\"@\" | head -c 99999", NULL, NULL, false},
	{": $((1 << 2)) $# ${#a}; printf '%s\\0' @", "", "", false},
	{"cat <<E | tr '\\n' '\\0'\n@\nE\n", "", "", true},
	{"cat <<'E' | tr '\\n' '\\0'\n@\nE\n", "", "", true},
	{"cat <<E | tr '\\n' '\\0'\nx @ y\nE\n", "x ", " y", true},
	{"cat <<E | tr '\\n' '\\0'\n\\@\nE\n", "\\", "", true},
	{"cat <<E | tr '\\n' '\\0'\n$@\nE\n", "$", "", true},
	{"cat <<-E | tr '\\n' '\\0'\n\tx@\n\tE\n", "x", "", true},
	{"cat >/dev/null <<A; cat <<B | tr '\\n' '\\0'\n@\nA\n@\nB\n", "", "", true},
	/* nothing but plain values can stand in these */
	{"printf '%s\\0' `printf '%s.' @`", NULL, NULL, false},
	{"printf '%s\\0' \"`printf '%s.' @`\"", NULL, NULL, false},
	{"printf '%s\\0' ${none:-@}", NULL, NULL, false},
	{"printf '%s\\0' \"${none:-@}\"", NULL, NULL, false},
	{"printf '%s\\0' \"${none:-'@'}\"", NULL, NULL, false},
	{"printf '%s\\0' $((@))", NULL, NULL, false},
	{"printf '%s\\0' $'@'", NULL, NULL, false},
	{"printf '%s\\0' \"$(case x in x) printf '%s.' @;; esac)\"", NULL, NULL, false},
	{"cat <<E\n$(printf '%s.' @)\nE\n", NULL, NULL, false},
	{"cat <<E\n`printf '%s.' @`\nE\n", NULL, NULL, false},
	{"cat <<@\nx\n", NULL, NULL, false},
	{"printf '%s\\0' \"$(cat <<E\n@\nE\n)\"", NULL, NULL, false},
	{"printf '%s\\0' \"$(cat <<'E'\n@\nE\n)\"", NULL, NULL, false},
	{"cat <<E\\\nE\n@\nE\n@\n", NULL, NULL, false},
	{"cat <<E\nx\\\nE\n@\nE\n", NULL, NULL, false},
};

static const char *const names[] = {"plain", "a b", "$(touch X)", "`touch X`", "a'b", "\"", "''",
	"a\nb", "\n", "-rf", ";touch X;", "%s", "\\", "a\\", "\\'", "'; touch X; '",
	"\"; touch X; \"", "$HOME", "${HOME}", "*", "~", "#x", "|touch X", "&& touch X", "\t", " ",
	"\x80\xff", "E", "E\n", "x\nE\ntouch X\n", "'$(touch X)'", "\"$(touch X)\"", "\\$(touch X)",
	"\\`touch X`", ")", "}", "$((1))", "!x", "a=b", "{a,b}", "[a]", "<(touch X)", "if", "2",
	"x\\\ny", "*/; touch X", "))"};

static char *run(char *const *argv, size_t *len)
{
	struct buf out = {0};
	char bytes[4096];
	ssize_t got;
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fds[1], 1), 0);
	/* some of them are syntax errors */
	assert_int_equal(
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), 0);
	assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while ((got = read(fds[0], bytes, sizeof bytes)) > 0)
		buf_add(&out, bytes, (size_t)got);
	close(fds[0]);
	waitpid(pid, NULL, 0);
	*len = out.len;
	return buf_steal(&out);
}

static void assert_nothing_was_run(const char *shell, const struct buf *script)
{
	if (access("X", F_OK) == 0)
		fail_msg("%s ran a part of a name in: %s", shell, buf_text(script));
}

/* All names in one place, one script after the other. */
static void try_names(size_t place, char *shell)
{
	struct buf script = {0}, expected = {0};
	size_t len;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t start = script.len, from = expected.len;
		if (fill(places[place].script, NULL, VALUES(names[i]), &script)) {
			/* only a name that ends the document cannot be in a line of it */
			assert_true(places[place].is_line);
			script.len = start;
			continue;
		}
		buf_char(&script, '\n');
		buf_fmt(&expected, "%s%s%s", places[place].before, names[i], places[place].after);
		for (; places[place].is_line && from < expected.len; from++) {
			if (expected.data[from] == '\n')
				expected.data[from] = '\0';
		}
		buf_char(&expected, '\0');
	}
	char *got = run((char *[]){shell, "-c", script.data, NULL}, &len);
	assert_nothing_was_run(shell, &script);
	if (len != expected.len || memcmp(got, expected.data, len) != 0)
		fail_msg("%s does otherwise: %s", shell, buf_text(&script));
	free(got);
	buf_free(&script);
	buf_free(&expected);
}

/* Where names are refused, what was made of them is run all the same. */
static void try_refused(size_t place, char *shell)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct buf script = {0};
		size_t len;
		if (!strstr(names[i], "touch"))
			continue;
		fill(places[place].script, NULL, VALUES(names[i]), &script);
		free(run((char *[]){shell, "-c", script.data, NULL}, &len));
		assert_nothing_was_run(shell, &script);
		buf_free(&script);
	}
}

static void a_name_is_one_word_in_every_place(void **state)
{
	char *const shells[] = {"/bin/sh", "bash"};
	char dir[] = "/tmp/restage-test-XXXXXX";
	(void)state;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (size_t shell = 0; shell < 2; shell++) {
		for (size_t place = 0; place < sizeof places / sizeof *places; place++) {
			if (places[place].before)
				try_names(place, shells[shell]);
			else
				try_refused(place, shells[shell]);
		}
	}
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(fs_remove_tree(dir, NULL), 0);
}

#define BATCH 500

/* Any name that Linux allows: 1 to 255 bytes, no '/' and no NUL; half of them of bytes that mean
 * something to a shell. */
static void random_name(char name[256])
{
	static const char special[] = "'\"\\`$(){}[]<>|&;*?~!#%=- \t\n\rabE2";
	size_t len = rand() % 4 ? (size_t)rand() % 12 + 1 : (size_t)rand() % 255 + 1;
	bool is_special = rand() % 2;

	for (size_t i = 0; i < len; i++) {
		name[i] = (char)(rand() % 255 + 1);
		if (is_special || name[i] == '/')
			name[i] = special[(size_t)rand() % (sizeof special - 1)];
	}
	name[len] = '\0';
}

static void random_names_are_one_word_each(void **state)
{
	static const char *const frames[] = {" @", " \"@\"", " '@'", " x@", " \"$(printf %s @.)\""};
	static const char *const before[] = {"", "", "", "x", ""}, *const after[] = {
									   "", "", "", "", "."};
	char *const shells[] = {"/bin/sh", "bash"};
	(void)state;

	srand(3);
	for (int batch = 0; batch < 20; batch++) {
		struct buf script = {0}, expected = {0};
		size_t len;
		buf_str(&script, "printf '%s\\0'");
		for (int i = 0; i < BATCH; i++) {
			char name[256];
			size_t frame = (size_t)i % (sizeof frames / sizeof *frames);
			random_name(name);
			assert_null(fill(frames[frame], NULL, VALUES(name), &script));
			buf_fmt(&expected, "%s%s%s", before[frame], name, after[frame]);
			buf_char(&expected, '\0');
		}
		char *got = run((char *[]){shells[batch % 2], "-c", script.data, NULL}, &len);
		assert_int_equal(len, expected.len);
		assert_memory_equal(got, expected.data, len);
		free(got);
		buf_free(&script);
		buf_free(&expected);
	}
}

static void any_bytes_are_followed(void **state)
{
	static const char bytes[] = "aE \n\t'\"\\`$(){}<<-#;@@case";
	(void)state;

	srand(1);
	for (int round = 0; round < 100000; round++) {
		char script[40];
		struct buf out = {0};
		size_t len = (size_t)rand() % sizeof script;
		for (size_t i = 0; i < len; i++)
			script[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		script[len ? len - 1 : 0] = '\0';
		fill(script, NULL, VALUES(names[(size_t)rand() % (sizeof names / sizeof *names)]),
			&out);
		buf_free(&out);
	}
}

static void depth_has_a_limit(void **state)
{
	struct buf script = {0}, out = {0};
	(void)state;

	for (int i = 0; i < 1000; i++)
		buf_str(&script, "\"$(x ");
	buf_str(&script, "@");
	assert_non_null(fill(buf_text(&script), NULL, VALUES("a b"), &out));
	buf_free(&script);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_quoted_where_they_stand),
		cmocka_unit_test(neighbours_are_kept_apart),
		cmocka_unit_test(here_documents_have_no_quotes),
		cmocka_unit_test(what_cannot_be_quoted_is_refused_and_made_harmless),
		cmocka_unit_test(other_shells_take_plain_values),
		cmocka_unit_test(a_name_is_one_word_in_every_place),
		cmocka_unit_test(random_names_are_one_word_each),
		cmocka_unit_test(any_bytes_are_followed),
		cmocka_unit_test(depth_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

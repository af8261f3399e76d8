/* Commands: where files are, what is executed without a shell, and that both ways are the same. */
#include "model_sample.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "model/command/command.h"
#include "model/command/shell.h"
#include "model/command/template.h"

/* One stage with some files, and its command. */
static void one_stage(struct sample *s, const char *command)
{
	struct label label;

	sample_start(s);
	sample_stage(s, "mix", command);
	sample_in(s, "a", "in/a.wav");
	sample_in(s, "b", "in/b c.wav");
	sample_in(s, "many", "one");
	sample_in(s, "many", "two words");
	sample_in(s, "many", "three");
	sample_in(s, "dash", "-rf");
	label = sample_label(s, "program", ROLE_INPUT);
	label.origin = ORIGIN_COMMAND;
	sample_use(s, &label, "mix.py");
	sample_out(s, "o", "mix.wav");
	sample_out_at(s, "dist", "dist/mix.mp3");
	label = sample_label(s, "db", ROLE_OUTPUT);
	label.flags = LABEL_UPDATE;
	sample_use(s, &label, "out/j/01_mix/db");
	label = sample_label(s, "cache", ROLE_INTERMEDIATE);
	sample_use(s, &label, "out/j/01_mix/tmp/cache");
	sample_finish(s);
	assert_non_null(s->graph);
}

static void assert_expanded(const char *command, const char *work_dir, const char *expected)
{
	struct sample s;
	struct buf out = {0};

	one_stage(&s, command);
	command_expand(s.graph, 0, &(struct command_attempt){.work_dir = work_dir}, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
	sample_end(&s);
}

static void files_are_where_they_are_made(void **state)
{
	(void)state;
	assert_expanded(
		"{{output.o}} {{output.dist}} {{intermediate.cache}} {{output.db}} {{input.a}}",
		NULL,
		"out/j/01_mix/mix.wav dist/mix.mp3 out/j/01_mix/tmp/cache out/j/01_mix/db in/a.wav");
	assert_expanded(
		"{{output.o}} {{output.dist}} {{intermediate.cache}} {{output.db}} {{input.a}}",
		"W/1", "W/1/mix.wav W/1/.root/dist/mix.mp3 W/1/tmp/cache out/j/01_mix/db in/a.wav");
}

static void places_are_filled_in(void **state)
{
	(void)state;
	assert_expanded("{{stage.dir}} {{stage.number}} {{job.dir}} {{root}}", NULL,
		"out/j/01_mix 1 /r/out/j /r");
	assert_expanded("{{stage.dir}} {{root}}", "W", "W /r");
}

static void filters_and_literal_braces(void **state)
{
	(void)state;
	assert_expanded("{{input.a|stem}} {{input.a|dir}} {{output.o|dir}} {{input.b | name}}", "W",
		"a in W 'b c.wav'");
	assert_expanded("{{input.b|dir|name}} {{input.b|name|raw}}", NULL, "in b c.wav");
	assert_expanded("awk '{{{{print}}'", NULL, "awk '{{print}}'");
}

static void several_files_are_several_words(void **state)
{
	(void)state;
	assert_expanded("cat {{input.many}}", NULL, "cat one 'two words' three");
	assert_expanded("cat --in={{input.many}}.x", NULL, "cat --in=one 'two words' three.x");
	assert_expanded(
		"cat \"{{input.many}}\"", NULL, "cat \"one\" \"\"'two words'\"\" \"three\"");
	assert_expanded("cat {{input.many | raw}}", NULL, "cat one two words three");
}

static void files_found_in_the_command_have_no_placeholder(void **state)
{
	(void)state;
	assert_expanded("x {{input.program}} y", NULL, "x  y");
}

static void a_leading_dash_is_no_option(void **state)
{
	(void)state;
	assert_expanded("cat {{input.dash}} {{input.dash|stem}} {{input.dash|raw}}", NULL,
		"cat ./-rf -rf ./-rf");
}

/* "direct: <word> <word> 1>path" or "shell: ..." */
static void describe(const struct command *command, struct buf *out)
{
	buf_str(out, command->is_direct ? "direct:" : "shell:");
	for (size_t i = 0; i < command->argc; i++)
		buf_fmt(out, " <%s>", command->argv[i]);
	assert_null(command->argv[command->argc]);
	for (size_t i = 0; i < command->redirect_count; i++) {
		const struct command_redirect *redirect = &command->redirects[i];
		if (redirect->from >= 0)
			buf_fmt(out, " %d>&%d", redirect->fd, redirect->from);
		else
			buf_fmt(out, " %d%s%s", redirect->fd,
				redirect->flags == O_RDONLY  ? "<"
				: redirect->flags & O_APPEND ? ">>"
							     : ">",
				redirect->path);
	}
}

static void assert_parsed(const char *text, const char *expected)
{
	struct arena arena = {0};
	struct command command;
	struct buf out = {0};

	command_parse(&arena, text, NULL, &command);
	describe(&command, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
	arena_free(&arena);
}

static void plain_commands_are_executed_directly(void **state)
{
	(void)state;
	assert_parsed("ffmpeg -i a.wav  b.wav ", "direct: <ffmpeg> <-i> <a.wav> <b.wav>");
	assert_parsed("\tcp\ta b", "direct: <cp> <a> <b>");
	assert_parsed("cp 'a b' \"c d\" ''", "direct: <cp> <a b> <c d> <>");
	assert_parsed("cp --in='a b'c\"d\" x", "direct: <cp> <--in=a bcd> <x>");
	assert_parsed("cp 'a'\\''b' x\\ y", "direct: <cp> <a'b> <x y>");
	assert_parsed("cp '$HOME*' \"*;|\"", "direct: <cp> <$HOME*> <*;|>");
	assert_parsed("cp 'a=b' c=d e]^%,@+", "direct: <cp> <a=b> <c=d> <e]^%,@+>");
	assert_parsed("./echo x", "direct: <./echo> <x>");
}

static void plain_redirections_are_opened_by_the_runner(void **state)
{
	(void)state;
	assert_parsed("sort < a > b", "direct: <sort> 0<a 1>b");
	assert_parsed("sort<a>b", "direct: <sort> 0<a 1>b");
	assert_parsed("sort a 2>'e r' >>b", "direct: <sort> <a> 2>e r 1>>b");
	assert_parsed("sort a2>b", "direct: <sort> <a2> 1>b");
	assert_parsed("sort '2'>b", "direct: <sort> <2> 1>b");
	assert_parsed(">b sort 2>&1", "direct: <sort> 1>b 2>&1");
	assert_parsed("sort >&2 2>>e", "direct: <sort> 1>&2 2>>e");
}

static void shell(const char *text)
{
	struct buf expected = {0};

	buf_str(&expected, "shell:");
	for (const char *const *word = shell_usual(); *word; word++)
		buf_fmt(&expected, " <%s>", *word);
	buf_fmt(&expected, " <%s>", text);
	assert_parsed(text, buf_text(&expected));
	buf_free(&expected);
}

static void anything_else_goes_to_the_shell(void **state)
{
	static const char *const texts[] = {"", " ", "a | b", "a & b", "a; b", "a && b", "(a)",
		"{ a; }", "a $x", "a `b`", "a *", "a ?", "a [b]", "a ~", "a ~/x", "! a", "a #b",
		"a\nb", "a \"$x\"", "a \"`b`\"", "a \"\\x\"", "a 'b", "a \"b", "a \\", "X=1 a",
		"a <<E", "a <<<b", "a <>b", "a >|b", "a >&-", "a <&3", "a 3>b", "a 12>b", "a &>b",
		"a >", "a > > b", ">b", "a 2>&1x", "a >&x", "cd x", "echo x", "'echo' x", "exit 1",
		"test x", ". x", ": x", "true", "if a", "export A=b", "time a", "'' a", "a b\\\nc"};
	(void)state;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		shell(texts[i]);
}

static void pipes_are_found(void **state)
{
	static const char *const pipes[] = {"a | b", "a|b", "a |\nb", "a |& b", "a && b | c",
		"a 'x' | b", "x=$(a | b)", "cat {{input.i}} | {{config.tool}}", "a || b | c"};
	static const char *const others[] = {"a || b", "a >| b", "a '|' b", "a \\| b", "a \"|\" b",
		"a # | b", "a || {{input.i}}"};
	(void)state;

	for (size_t i = 0; i < sizeof pipes / sizeof *pipes; i++)
		assert_true(command_has_pipe(pipes[i]));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(command_has_pipe(others[i]));
}

static void another_shell_is_asked_for(void **state)
{
	struct sample s;
	struct arena arena = {0};
	struct command command;
	struct buf out = {0};
	(void)state;

	sample_start(&s);
	s.settings.shell = build_text(&s.build, "bash -euo pipefail  -c");
	sample_stage(&s, "a", "cp {{input.i}} x");
	sample_in(&s, "i", "b c");
	sample_finish(&s);
	command_build(&arena, s.graph, 0, NULL, &command);
	describe(&command, &out);
	assert_string_equal(buf_text(&out), "shell: <bash> <-euo> <pipefail> <-c> <cp 'b c' x>");
	buf_free(&out);
	arena_free(&arena);
	sample_end(&s);
}

static void a_built_command_has_the_files_as_words(void **state)
{
	struct sample s;
	struct arena arena = {0};
	struct command command;
	struct buf out = {0};
	(void)state;

	one_stage(&s, "mix --in={{input.many}} \"{{input.b}}\" {{input.none}} > {{output.o}}");
	command_build(&arena, s.graph, 0, &(struct command_attempt){.work_dir = "W"}, &command);
	describe(&command, &out);
	assert_string_equal(buf_text(&out),
		"direct: <mix> <--in=one> <two words> <three> <in/b c.wav> 1>W/mix.wav");
	buf_free(&out);
	arena_free(&arena);
	sample_end(&s);
}

/* What the shell prints when it runs a command; the caller frees. */
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

/* Runs many commands by one shell, and compares what each prints with the words that were
 * parsed. */
static void what_is_direct_is_what_the_shell_does(void **state)
{
	static const char bytes[] =
		"aab  \t''\"\"\\=$*?[]~|&;(){}#!%^@+,.:-/2\x80\xff\x81\x88\r\x01";
	struct arena arena = {0};
	struct buf script = {0}, expected = {0};
	size_t len, direct = 0;
	(void)state;

	srand(1);
	for (int round = 0; round < 60000; round++) {
		struct command command;
		char tail[16];
		size_t count = (size_t)rand() % sizeof tail;
		for (size_t i = 0; i < count; i++)
			tail[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		tail[count] = '\0';
		char *text = arena_fmt(&arena, "/usr/bin/printf %%s\\\\n '' %s", tail);
		command_parse(&arena, text, NULL, &command);
		if (!command.is_direct)
			continue;
		direct++;
		/* the builtin is the same printf here, without a process each */
		buf_fmt(&script, "printf %%s\\\\n '' %s\n", tail);
		for (size_t i = 2; i < command.argc; i++)
			buf_fmt(&expected, "%s\n", command.argv[i]);
	}
	assert_true(direct > 5000);

	char path[] = "/tmp/restage-test-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, script.data, script.len), script.len);
	close(fd);
	char *const shells[] = {"/bin/sh", "bash"};
	for (int i = 0; i < 2; i++) {
		char *argv[] = {shells[i], "-e", path, NULL};
		char *got = run(argv, &len);
		assert_string_equal(got, buf_text(&expected));
		free(got);
	}
	unlink(path);
	buf_free(&script);
	buf_free(&expected);
	arena_free(&arena);
}

static void any_bytes_are_parsed(void **state)
{
	static const char bytes[] = "ab \t'\"\\=$*|&;()<<>>12\n{{}}|#\xff";
	(void)state;

	srand(2);
	for (int round = 0; round < 30000; round++) {
		struct arena arena = {0};
		struct command command;
		size_t len = (size_t)rand() % 24;
		char *exact = malloc(len + 1);
		for (size_t i = 0; i < len; i++)
			exact[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		exact[len] = '\0';
		command_parse(&arena, exact, NULL, &command);
		assert_non_null(command.argv[0]);
		arena_free(&arena);
		free(exact);
	}
}

static void add_word(void *ctx, const char *text, size_t len)
{
	buf_fmt(ctx, "<%.*s>", (int)len, text);
}

static void assert_words(const char *text, const char *expected)
{
	struct buf out = {0};

	command_words(text, &(struct command_reader){.word = add_word, .ctx = &out});
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void words_may_be_files(void **state)
{
	(void)state;
	assert_words("python3 examples/asr.py -v", "<python3><examples/asr.py>");
	assert_words("x --model=m.bin -o out if=disk", "<x><m.bin><out><if=disk><disk>");
	assert_words("sort <a >b 2>c | uniq", "<sort><a><2><uniq>");
	assert_words("x 'a b.py' \"c d\" e\\ f", "<x><a b.py><c d><e f>");
	assert_words("x $a/b \"$c\" '$d' *.py a?b", "<x><$d>");
	assert_words("x pre{{input.a}} {{output.b}}post {{stage.dir}}/x y", "<x><y>");
	assert_words("a.sh # b.sh 'it is'\nc.sh x#y", "<a.sh><c.sh><x#y>");
	assert_words("set -e\nfor i in a b; do\n  ./x.sh $i\ndone\n",
		"<set><for><i><in><a><b><do><./x.sh><done>");
	assert_words("x {{{{a}}", "<x><{{a}}>");
	assert_words("x '' --y= >>", "<x>");
	assert_words("", "");
}

static void some_commands_go_elsewhere(void **state)
{
	(void)state;
	assert_true(command_goes_elsewhere("cd x && make"));
	assert_true(command_goes_elsewhere("set -e\n\tcd x\nmake"));
	assert_true(command_goes_elsewhere("(cd {{input.a}}; tar c .)"));
	assert_true(command_goes_elsewhere("sh -c 'cd x; y'"));
	assert_true(command_goes_elsewhere("a&&pushd x"));
	assert_true(command_goes_elsewhere("chdir"));
	assert_false(command_goes_elsewhere("abcd x; do d; cdx; x/cd y; {{input.cd}} add cd.txt"));
	assert_false(command_goes_elsewhere(""));
}

static void a_reader_may_ask_for_more_words(void **state)
{
	struct buf out = {0};
	struct command_reader reader = {
		.word = add_word, .ctx = &out, .root = "/r", .modules = "m/"};

	(void)state;
	command_words("python3 {{root}}/x.py '{{root}}' {{root|name}}/y {{input.a}} -m p.q; z -m p",
		&reader);
	assert_string_equal(buf_text(&out),
		"<python3></r/x.py></r><m/p/__init__.py><m/p/q.py><m/p/q/__init__.py>"
		"<m/p/q/__main__.py><z><p>");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_where_they_are_made),
		cmocka_unit_test(some_commands_go_elsewhere),
		cmocka_unit_test(a_reader_may_ask_for_more_words),
		cmocka_unit_test(places_are_filled_in),
		cmocka_unit_test(filters_and_literal_braces),
		cmocka_unit_test(several_files_are_several_words),
		cmocka_unit_test(files_found_in_the_command_have_no_placeholder),
		cmocka_unit_test(a_leading_dash_is_no_option),
		cmocka_unit_test(plain_commands_are_executed_directly),
		cmocka_unit_test(plain_redirections_are_opened_by_the_runner),
		cmocka_unit_test(anything_else_goes_to_the_shell),
		cmocka_unit_test(pipes_are_found),
		cmocka_unit_test(another_shell_is_asked_for),
		cmocka_unit_test(a_built_command_has_the_files_as_words),
		cmocka_unit_test(what_is_direct_is_what_the_shell_does),
		cmocka_unit_test(any_bytes_are_parsed),
		cmocka_unit_test(words_may_be_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

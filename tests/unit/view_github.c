#include "view/console/github.h"

#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "view/console/console.h"
#include "view_test.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static char summary[] = "/tmp/restage-github-XXXXXX";

struct step {
	struct graph *graph;
	struct listener *github;
	struct told told;
	struct buf log;
};

static void take(void *ctx, const char *data, size_t len)
{
	buf_add(ctx, data, len);
}

static struct step *step_with(struct graph *graph)
{
	struct step *step = calloc(1, sizeof *step);
	struct github_options options = {
		.token = TOKEN,
		.summary = summary,
		.write = take,
		.ctx = &step->log,
	};

	step->graph = graph;
	step->github = github_new(&options);
	step->told = told_new(graph, step->github);
	return step;
}

static struct buf step_end(struct step *step)
{
	struct buf text = {0};
	struct err err = {0};

	tell_run(&step->told, RUN_END);
	listener_error(step->github, &err);
	assert_int_equal(err.code, EXIT_OK);
	assert_int_equal(fs_read(summary, 1 << 24, &text, NULL), 0);
	return text;
}

static void step_free(struct step *step)
{
	listener_free(step->github);
	graph_free(step->graph);
	buf_free(&step->log);
	free(step);
}

/* What the runner of GitHub Actions would do with the lines: the commands that it takes, a line
 * each. It takes "::name ...::" behind blanks, and "##[name" anywhere; between stop-commands and
 * the token nothing. */
static struct buf commands_in(const struct buf *log)
{
	struct buf taken = {0};
	char *copy = strdup(buf_text(log)), *save = NULL, stop[64] = "";

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *at = line + strspn(line, " \t");

		if (*stop) {
			if (strncmp(at, "::", 2) == 0 && strncmp(at + 2, stop, strlen(stop)) == 0 &&
				strcmp(at + 2 + strlen(stop), "::") == 0)
				*stop = '\0';
			continue;
		}
		if (strncmp(at, "::stop-commands::", 17) == 0)
			snprintf(stop, sizeof stop, "%s", at + 17);
		else if (strncmp(at, "::", 2) == 0 && strstr(at + 2, "::"))
			buf_fmt(&taken, "%s\n", at);
		else if ((at = strstr(line, "##[")))
			buf_fmt(&taken, "%s\n", at);
	}
	assert_string_equal(stop, "");
	free(copy);
	return taken;
}

static void a_failure_is_a_group_and_an_annotation_at_its_line(void **state)
{
	const char *const tail[] = {"one", "no such file, 100%"};
	struct step *step = step_with(made_three());

	(void)state;
	tell_run(&step->told, RUN_BEGIN);
	tell_failed(&step->told, 1, tail, 2);
	tell_run(&step->told, RUN_END);
	assert_string_equal(buf_text(&step->log),
		"::group::asr failed (exit code 1, 4.2s)\n"
		"::stop-commands::" TOKEN "\n"
		"asr failed\n"
		"  | one\n"
		"  | no such file, 100%\n"
		"  command  ffmpeg -i in/a.mp4\n"
		"  ended    exit code 1, 4.2s\n"
		"  log      out/job/02_asr/stage.log\n"
		"  next     restage logs asr shows all of it; restage run goes on from here\n"
		"::" TOKEN "::\n"
		"::endgroup::\n"
		"::error file=pipeline.ini,line=2,title=asr failed::"
		"exit code 1, 4.2s%0Aone%0Ano such file, 100%25\n");
	step_free(step);
}

static void a_run_without_failures_writes_no_line(void **state)
{
	struct step *step = step_with(made_three());

	(void)state;
	tell_run(&step->told, RUN_BEGIN);
	tell_stage(&step->told, STAGE_START, 0);
	tell_done(&step->told, 0);
	tell_run(&step->told, RUN_END);
	assert_string_equal(buf_text(&step->log), "");
	step_free(step);
}

static void what_stages_say_gives_no_command(void **state)
{
	const char *const tail[] = {"::error::forged", "  ::add-mask::x", "##[error]forged",
		"::endgroup::", "::stop-commands::mine", "::mine::", "a\n::set-output name=x::y",
		"::0123456789abcdef::", "\r::warning::x"};
	struct made made = made_new();
	struct step *step;
	struct buf taken;

	(void)state;
	made_stage(&made, "a/x\n::error::name,title=:%0A", "in=i", "o=out/job/x");
	step = step_with(made_graph(&made));
	tell_run(&step->told, RUN_BEGIN);
	tell_failed(&step->told, 0, tail, sizeof tail / sizeof *tail);
	tell_run(&step->told, RUN_END);
	taken = commands_in(&step->log);
	assert_string_equal(buf_text(&taken),
		"::group::a/x\\n::error::name,title=:%250A failed (exit code 1, 4.2s)\n"
		"::endgroup::\n"
		"::error file=pipeline.ini,line=1,title=a/x\\n%3A%3Aerror%3A%3Aname%2Ctitle=%3A%250A "
		"failed::exit code 1, 4.2s%0A::stop-commands::mine%0A::mine::%0Aa%0A"
		"::0123456789abcdef::%0A\\x0d::warning::x\n");
	buf_free(&taken);
	step_free(step);
}

static void lines_of_the_console_give_no_command(void **state)
{
	struct buf lines = {0}, taken;

	(void)state;
	buf_str(&lines,
		"::error::x\n \t::warning::y\nasr | ##[error]z ##[add-mask]q\n##[[group]\nfine: ::x\n");
	github_guard(&lines);
	taken = commands_in(&lines);
	assert_string_equal(buf_text(&taken), "");
	assert_string_equal(buf_text(&lines), "\\::error::x\n \t\\::warning::y\n"
					      "asr | #\\#[error]z #\\#[add-mask]q\n"
					      "#\\#[[group]\nfine: ::x\n");
	buf_free(&taken);
	buf_free(&lines);
	github_guard(&lines);
	assert_int_equal(lines.len, 0);
}

static void ten_failures_are_annotated_and_the_others_counted(void **state)
{
	struct made made = made_new();
	struct step *step;
	char name[16], output[32];
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 13; i++) {
		snprintf(name, sizeof name, "s%d", i);
		snprintf(output, sizeof output, "o=out/job/x%d", i);
		made_stage(&made, name, "in=i", output);
	}
	step = step_with(made_graph(&made));
	for (uint32_t i = 0; i < 13; i++)
		tell_failed(&step->told, i, NULL, 0);
	tell_run(&step->told, RUN_END);
	for (const char *at = buf_text(&step->log); (at = strstr(at, "\n::error ")); at++)
		count++;
	assert_int_equal(count, 10);
	assert_has(&step->log, "… and 3 more failed");
	step_free(step);
}

static void allowed_and_interrupted_failures_are_not_told(void **state)
{
	struct step *step = step_with(made_three());
	struct attempt attempt = made_attempt(step->graph, 0, 1);

	(void)state;
	step->graph->settings[step->graph->stages[1].settings].flags |= SET_ALLOW_FAILURE;
	tell_failed(&step->told, 1, NULL, 0);
	attempt.is_interrupted = true;
	tell(&step->told, (struct run_event){.kind = STAGE_FAIL, .attempt = &attempt, .text = "x"});
	tell_run(&step->told, RUN_END);
	assert_string_equal(buf_text(&step->log), "");
	step_free(step);
}

static void the_summary_has_totals_slowest_and_failures(void **state)
{
	const char *const tail[] = {"bad & <worse>"};
	struct step *step = step_with(made_three());
	struct buf text;

	(void)state;
	tell_run(&step->told, RUN_BEGIN);
	tell_done(&step->told, 0);
	tell_failed(&step->told, 1, tail, 1);
	step->told.totals.seconds = 65;
	text = step_end(step);
	assert_string_equal(buf_text(&text),
		"### ❌ subtitles: 1 ran&#44; 1 failed&#44; 1 not run\n\n"
		"| | |\n|---|---|\n"
		"| Job | job |\n| Run | 20251127&#95;140915 |\n| Time | 1m 05s |\n\n"
		"#### Slowest stages\n\n| Stage | Time | Memory | CPU | |\n|---|--:|--:|--:|---|\n"
		"| demux | 4&#46;2s | 0 B | 0 % | ✅ |\n| asr | 4&#46;2s | 0 B | 0 % | ❌ |\n\n"
		"#### Failures\n\n"
		"<details open><summary>asr: exit code 1&#44; 4&#46;2s</summary>\n\n<pre>\n"
		"bad &amp; &lt;worse&gt;\n\ncommand\nffmpeg -i in/a.mp4\n\n"
		"log\nout/job/02_asr/stage.log\n</pre>\n\n</details>\n\n");
	buf_free(&text);
	step_free(step);
}

static void what_stages_say_is_no_markup_of_the_summary(void **state)
{
	const char *const tail[] = {
		"</pre><img src=x onerror=alert(1)>", "a\n</pre>\n# forged\x1b[2J"};
	struct made made = made_new();
	struct step *step;
	struct buf text;

	(void)state;
	made_stage(&made, "a/|`**<b>@all [x](http://y) ::smile: ##[error]", "in=i", "o=out/job/x");
	step = step_with(made_graph(&made));
	tell_run(&step->told, RUN_BEGIN);
	tell_failed(&step->told, 0, tail, 2);
	text = step_end(step);
	assert_lacks(&text, "<img");
	assert_lacks(&text, "<b>");
	assert_lacks(&text, "@all");
	assert_lacks(&text, "\x1b");
	assert_has(&text, "\n&lt;/pre&gt;\n# forged\\x1b[2J\n"); /* between <pre> and its end */
	assert_has(&text, "| a&#47;&#124;&#96;&#42;&#42;&#60;b&#62;&#64;all");
	*strstr(text.data, "<pre>") = '\0'; /* in it there is no Markdown */
	assert_lacks(&text, "](");
	assert_lacks(&text, "`");
	buf_free(&text);
	step_free(step);
}

static void a_second_run_is_appended(void **state)
{
	struct step *step = step_with(made_three());
	struct buf text;

	(void)state;
	tell_run(&step->told, RUN_END);
	text = step_end(step);
	assert_non_null(strstr(buf_text(&text) + 1, "### "));
	buf_free(&text);
	step_free(step);
}

static void a_summary_that_cannot_be_written_is_told(void **state)
{
	struct github_options options = {
		.token = TOKEN, .summary = "/nonexistent/summary", .write = take};
	struct listener *github = github_new(&options);
	struct graph *graph = made_three();
	struct told told = told_new(graph, github);
	struct err err = {0};

	(void)state;
	tell_run(&told, RUN_END);
	listener_error(github, &err);
	assert_int_equal(err.code, EXIT_WORLD);
	assert_non_null(strstr(err.text, "/nonexistent/summary"));
	listener_free(github);
	graph_free(graph);
}

static void it_is_on_where_github_says_so_only(void **state)
{
	(void)state;
	unsetenv("GITHUB_ACTIONS");
	assert_false(github_detected());
	setenv("GITHUB_ACTIONS", "false", 1);
	assert_false(github_detected());
	setenv("GITHUB_ACTIONS", "true", 1);
	assert_true(github_detected());
}

static void tokens_differ(void **state)
{
	struct github_options a, b;

	(void)state;
	github_detect(&a);
	github_detect(&b);
	assert_int_equal(strlen(a.token), 32);
	assert_string_not_equal(a.token, b.token);
}

static int fresh_summary(void **state)
{
	(void)state;
	return truncate(summary, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_failure_is_a_group_and_an_annotation_at_its_line, fresh_summary),
		cmocka_unit_test_setup(a_run_without_failures_writes_no_line, fresh_summary),
		cmocka_unit_test_setup(what_stages_say_gives_no_command, fresh_summary),
		cmocka_unit_test(lines_of_the_console_give_no_command),
		cmocka_unit_test_setup(
			ten_failures_are_annotated_and_the_others_counted, fresh_summary),
		cmocka_unit_test_setup(
			allowed_and_interrupted_failures_are_not_told, fresh_summary),
		cmocka_unit_test_setup(the_summary_has_totals_slowest_and_failures, fresh_summary),
		cmocka_unit_test_setup(what_stages_say_is_no_markup_of_the_summary, fresh_summary),
		cmocka_unit_test_setup(a_second_run_is_appended, fresh_summary),
		cmocka_unit_test(a_summary_that_cannot_be_written_is_told),
		cmocka_unit_test(it_is_on_where_github_says_so_only),
		cmocka_unit_test(tokens_differ),
	};
	int fd = mkstemp(summary), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(summary);
	return failed;
}

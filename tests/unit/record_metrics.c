/* The numbers of a stage: what a metric file of each form holds, what was reported, what is too
 * much. */
#include "record/manifest/metrics.h"

#include "record/manifest/attempt.h"
#include "record_past.h"

static struct buf told; /* what is wrong with files */

static void tell(void *ctx, const char *text)
{
	(void)ctx;
	buf_fmt(&told, "%s\n", text);
}

static struct attempt attempt;
static struct attempt_file files[4];

/* A stage with these metric files, and what it reported of the whole and of the first. */
static void begin(const char *const *paths, const char *extra, const char *reported)
{
	struct buf text = {0};
	uint32_t count = 0;

	buf_str(&text, "[stage:a]\ncommand = true\nmetrics =");
	for (; paths[count]; count++)
		buf_fmt(&text, " m%u", count);
	for (uint32_t i = 0; i < count; i++)
		buf_fmt(&text, "\noutput.m%u = {{root}}/%s", i, paths[i]);
	buf_str(&text, "\n");
	load_good(buf_text(&text));
	buf_free(&text);
	attempt = (struct attempt){.graph = graph,
		.stage = stage_id("a"),
		.files = files,
		.file_count = count,
		.extra = extra ? json_parse(extra, strlen(extra), NULL) : NULL};
	for (uint32_t i = 0; i < count; i++)
		files[i] = (struct attempt_file){.path = paths[i],
			.type = "scores",
			.label = i ? "m1" : "m0",
			.role = ROLE_OUTPUT,
			.reported = reported && !i ? json_parse(reported, strlen(reported), NULL)
						   : NULL};
	attempt.metrics.arena = &arena;
	buf_reset(&told);
	metrics_of_attempt(&attempt.metrics, &attempt, tell, NULL);
}

/* "name=value ..." */
static void has(const char *wanted)
{
	struct buf text = {0};

	for (uint32_t i = 0; i < attempt.metrics.count; i++)
		buf_fmt(&text, "%s%s=%g", i ? " " : "", attempt.metrics.items[i].name,
			attempt.metrics.items[i].value);
	assert_string_equal(buf_text(&text), wanted);
	buf_free(&text);
	attempt_free_json(&attempt);
}

static void one(const char *path, const char *content, const char *wanted, const char *mistake)
{
	const char *const paths[] = {path, NULL};

	test_write(path, content);
	begin(paths, NULL, NULL);
	if (mistake)
		assert_non_null(strstr(buf_text(&told), mistake));
	else
		assert_string_equal(buf_text(&told), "");
	has(wanted);
	buf_free(&told);
}

static void json_and_yaml_have_dotted_names(void **state)
{
	(void)state;
	one("m.json",
		"{\"wer\": 0.25, \"by\": {\"de\": 1e-3, \"who\": \"me\"}, \"all\": [1, 2], \"no\": null, "
		"\"yes\": true, \"text\": \"7\"}",
		"wer=0.25 by.de=0.001 text=7", NULL);
	one("m.yaml", "wer: 0.2\nby:\n  de: -3\n  name: x\nlist:\n- 1\n- 2\n", "wer=0.2 by.de=-3",
		NULL);
	one("m.yml", "steps:\n- {name: a, loss: 2}\n- {name: b, loss: 1}\n",
		"steps.0.loss=2 steps.1.loss=1", NULL);
}

static void rows_of_a_sheet_have_names_or_the_last_counts(void **state)
{
	(void)state;
	one("m.csv", "model,wer,cer\nlarge,0.2,0.1\n", "wer=0.2 cer=0.1", NULL);
	one("m.csv", "epoch,loss\r\n1,3\r\n2,1.5\r\n", "epoch=2 loss=1.5", NULL);
	one("m.csv", "set,wer,cer\ndev,0.2,x\ntest,0.3,0.1\n",
		"dev.wer=0.2 test.wer=0.3 test.cer=0.1", NULL);
	one("m.tsv", "metric\tvalue\nwer\t0.2\ncer\t0.1\n", "wer=0.2 cer=0.1", NULL);
	one("m.csv", "a,b\n1\n", "a=1", NULL);
	one("m.csv", "a,b\n", "", "it holds no numbers");
}

static void what_is_broken_is_told_and_gives_nothing(void **state)
{
	struct buf large = {0};

	(void)state;
	one("m.json", "{\"wer\": 0.2,\n", "", "metrics of 'm.json' are not recorded: line 2: ");
	one("m.json", "{\"wer\": NaN}", "", "line 1: ");
	one("m.json", "[1, 2]", "", "holds no JSON object");
	one("m.yaml", "a: b\n", "", "it holds no numbers");
	one("m.csv", "a,b\n1,\"2\n", "", "line ");
	buf_str(&large, "{\"a\": \"");
	for (int i = 0; i < 1 << 20; i++)
		buf_char(&large, 'x');
	buf_str(&large, "\"}");
	one("m.json", buf_text(&large), "", "m.json");
	buf_free(&large);
	unlink("m.json");
	const char *const paths[] = {"m.json", NULL};
	begin(paths, NULL, NULL);
	assert_non_null(strstr(buf_text(&told), "cannot open 'm.json'"));
	has("");
	buf_free(&told);
}

static void of_several_files_the_label_stands_in_front(void **state)
{
	const char *const paths[] = {"a.json", "b.json", NULL};

	(void)state;
	test_write("a.json", "{\"wer\": 1}");
	test_write("b.json", "{\"wer\": 2}");
	begin(paths, NULL, NULL);
	has("m0.wer=1 m1.wer=2");
	buf_free(&told);
}

static void what_was_reported_is_added(void **state)
{
	const char *const paths[] = {"a.json", NULL};

	(void)state;
	test_write("a.json", "{\"wer\": 1}");
	begin(paths,
		"{\"words\": 12, \"note\": \"x\", \"metrics\": {\"wer\": 9, \"n\": {\"a\": 3}}, \"list\": [1]}",
		"{\"segments\": 7, \"language\": \"de\"}");
	/* the file's number is what the stage made */
	has("wer=1 n.a=3 words=12 m0.segments=7");
	buf_free(&told);
}

static void there_is_a_bound(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_str(&text, "x: 0\n");
	for (int i = 0; i < 300; i++)
		buf_fmt(&text, "m%d: %d\n", i, i);
	test_write("m.yaml", buf_text(&text));
	buf_free(&text);
	const char *const paths[] = {"m.yaml", NULL};
	begin(paths, NULL, NULL);
	assert_int_equal(attempt.metrics.count, METRICS_MAX);
	assert_non_null(strstr(buf_text(&told), "more numbers than are recorded"));
	attempt_free_json(&attempt);
	buf_free(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(json_and_yaml_have_dotted_names),
		TEST_PAST(rows_of_a_sheet_have_names_or_the_last_counts),
		TEST_PAST(what_is_broken_is_told_and_gives_nothing),
		TEST_PAST(of_several_files_the_label_stands_in_front),
		TEST_PAST(what_was_reported_is_added),
		TEST_PAST(there_is_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

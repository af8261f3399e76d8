#include "view/screen/top.h"

#include "base/json.h"
#include "view/words/words.h"
#include "view_test.h"

/* A run of demux, asr and mux, as a record tells it. */
struct watched_run {
	struct graph *graph;
	struct arena arena;
	struct past_reader *reader;
	struct top top;
	double before[3];
};

static void feed(struct watched_run *run, const char *lines)
{
	struct buf text = {0};

	/* the tests write ' for " */
	buf_str(&text, lines);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\'')
			text.data[i] = '"';
	}
	past_feed(run->reader, buf_text(&text), text.len);
	buf_free(&text);
}

static struct watched_run *begin(void)
{
	struct watched_run *run = calloc(1, sizeof *run);

	run->graph = made_three();
	run->reader = past_reader_new(&run->arena);
	for (int i = 0; i < 3; i++)
		run->before[i] = 10 * (i + 1);
	run->top = (struct top){
		.graph = run->graph,
		.who = "pid 7 on host since then",
		.log = past_model(run->reader),
		.is_alive = true,
		.before = run->before,
		.now = 65,
	};
	feed(run,
		"{'event': 'run_begin', 'schema': 'restage.run/1', 'time': "
		"'2025-11-27T14:09:15.000000+00:00', 'at': 0, 'run': '20251127_140915', 'pipeline': "
		"'subtitles', 'job': 'job', 'version': '1', 'host': 'h', 'pid': 7, 'processors': 2, "
		"'selected': 3, 'stages': 3, 'log': 'l', 'root': '/r'}\n");
	return run;
}

static void end(struct watched_run *run)
{
	past_reader_free(run->reader);
	arena_free(&run->arena);
	graph_free(run->graph);
	free(run);
}

#define START(stage, at, before) \
	"{'event': 'start', 'at': " at ", 'stage': '" stage \
	"', 'attempt': 1, 'reasons': [], 'command': 'x', " \
	"'before_seconds': " before "}\n"
#define DONE(stage, at) \
	"{'event': 'done', 'at': " at ", 'stage': '" stage \
	"', 'attempt': 1, 'seconds': 1, 'exit_code': 0}\n"
#define FAIL(stage, at) \
	"{'event': 'fail', 'at': " at ", 'stage': '" stage \
	"', 'attempt': 1, 'seconds': 1, 'exit_code': 1, " \
	"'signal': null, 'text': 'x', 'interrupted': false, 'allowed': false}\n"

static void assert_listing(
	const struct watched_run *run, unsigned columns, unsigned rows, const char *expected)
{
	struct buf out = {0};

	top_text(&out, &run->top, false, columns, rows);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void running_stages_are_listed_with_what_is_known_of_them(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	feed(run, START("demux", "1", "null") START("asr", "60", "9.5"));
	feed(run,
		"{'event': 'sample', 'at': 61, 'stage': 'demux', 'attempt': 1, 'seconds': 60, "
		"'resources': {'memory_mb': 45.3, 'cpu_percent': 99.4}}\n"
		"{'event': 'progress', 'at': 62, 'stage': 'demux', 'fraction': 0.42, 'text': 'deco\x1b"
		"[2Jding'}\n");
	/* the escape makes that line no JSON: it is said properly */
	feed(run, "{'event': 'progress', 'at': 62, 'stage': 'demux', 'fraction': 0.42, 'text': "
		  "'deco\\u001b[2Jding'}\n");
	assert_listing(run, 0, 0,
		"subtitles, job job, run 20251127_140915, pid 7 on host since then\n"
		"\n"
		"STAGE     TIME   BEFORE     MEMORY    CPU\n"
		"demux   1m 04s        -    45.3 MB    99%   42%  deco\\x1b[2Jding\n"
		"asr         5s       9s          -      -\n"
		"\n"
		"[0/3] 2 running\n");
	end(run);
}

#define QUEUED(stage, at, job, reason) \
	"{'event': 'queued', 'at': " at ", 'stage': '" stage "', 'attempt': 1, 'job': " job \
	", 'reason': " reason "}\n"

static void stages_that_wait_elsewhere_are_told_by_what_for(void **state)
{
	struct watched_run *run = begin();
	struct buf out = {0};

	(void)state;
	feed(run, QUEUED("demux", "1", "'12_0'", "'Priority'") QUEUED("asr", "1", "null", "null")
			  QUEUED("mux", "1", "'12_2'", "'Priority'")
				  QUEUED("asr", "2", "'13'", "'PartitionConfig'"));
	assert_listing(run, 0, 0,
		"subtitles, job job, run 20251127_140915, pid 7 on host since then\n"
		"\n"
		"queued: 2 (Priority), asr (PartitionConfig)\n"
		"[0/3] 3 queued\n");
	feed(run, START("demux", "60", "null")
			  START("mux", "60", "null, 'job': '12_2', 'host': 'node7'"));
	assert_listing(run, 0, 0,
		"subtitles, job job, run 20251127_140915, pid 7 on host since then\n"
		"\n"
		"STAGE     TIME   BEFORE     MEMORY    CPU\n"
		"demux       5s        -          -      -\n"
		"mux         5s        -          -      -  on node7\n"
		"\n"
		"queued: asr (PartitionConfig)\n"
		"[0/3] 2 running, 1 queued\n");
	top_json(&out, &run->top);
	json *tree = json_parse(out.data, out.len, NULL);
	const json *queued = json_first(json_get(tree, "queued"));
	assert_string_equal(json_get_str(queued, "name", ""), "asr");
	assert_string_equal(json_get_str(queued, "job", ""), "13");
	assert_string_equal(json_get_str(queued, "reason", ""), "PartitionConfig");
	assert_null(json_next(queued));
	const json *mux = json_next(json_first(json_get(tree, "stages")));
	assert_string_equal(json_get_str(mux, "job", ""), "12_2");
	assert_string_equal(json_get_str(mux, "host", ""), "node7");
	assert_true(json_get_num(json_get(tree, "counts"), "queued", 0) == 1);
	json_free(tree);
	buf_free(&out);
	feed(run, FAIL("asr", "61"));
	assert_int_equal(strstr(run->top.log->stages[1].name, "asr") != NULL, 1);
	assert_false(run->top.log->stages[1].is_queued);
	end(run);
}

static void gpus_have_a_column_where_one_is_used(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	feed(run, START("demux", "1", "null") START("asr", "60", "9.5"));
	feed(run,
		"{'event': 'sample', 'at': 61, 'stage': 'asr', 'attempt': 1, 'seconds': 1, "
		"'resources': {'memory_mb': 45.3, 'cpu_percent': 99.4, 'gpu_percent': 187.2, "
		"'gpu_memory_mb': 1024}}\n"
		"{'event': 'progress', 'at': 62, 'stage': 'asr', 'fraction': 0.42, 'text': 'x'}\n");
	assert_listing(run, 0, 0,
		"subtitles, job job, run 20251127_140915, pid 7 on host since then\n"
		"\n"
		"STAGE     TIME   BEFORE     MEMORY    CPU    GPU\n"
		"demux   1m 04s        -          -      -      -\n"
		"asr         5s       9s    45.3 MB    99%   187%   42%  x\n"
		"\n"
		"[0/3] 2 running\n");
	end(run);
}

static void a_stage_that_ended_is_counted_and_not_listed(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	feed(run, START("demux", "1", "5") DONE("demux", "6") START("asr", "7", "5")
			  FAIL("asr", "8"));
	assert_listing(run, 0, 0,
		"subtitles, job job, run 20251127_140915, pid 7 on host since then\n"
		"\n"
		"[2/3] checking, 1 failed\n");
	end(run);
}

static double eta_of(const struct watched_run *run)
{
	struct row_counts counts;

	top_count(&run->top, &counts);
	return counts.eta_seconds;
}

static void the_estimate_spreads_what_is_left_over_what_runs(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	feed(run, START("demux", "60", "20") START("asr", "55", "15"));
	/* 15 and 5 are left of them, 30 of mux: 50 over two, but mux alone takes 30 */
	assert_true(eta_of(run) == 30);
	run->before[2] = 10;
	assert_true(eta_of(run) == 15);
	run->before[2] = -1; /* mux never ran: nobody knows */
	assert_true(eta_of(run) < 0);
	run->top.before = NULL;
	assert_true(eta_of(run) < 0);
	end(run);
}

static void a_stage_that_takes_longer_than_before_is_expected_at_any_time(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	feed(run, START("demux", "1", "5") DONE("demux", "6") START("asr", "7", "5")
			  DONE("asr", "9"));
	feed(run, START("mux", "10", "20"));
	assert_true(eta_of(run) == 0);
	end(run);
}

static void it_is_not_guessed_which_stages_a_run_of_some_is_about(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	/* a fourth stage, that the definition has no more */
	feed(run, START("demux", "60", "20") START("gone", "61", "20"));
	assert_true(eta_of(run) < 0);
	end(run);
}

static void lines_are_cut_to_the_window(void **state)
{
	struct watched_run *run = begin();
	struct buf out = {0};
	unsigned lines = 0;

	(void)state;
	feed(run, START("demux", "1", "5") START("asr", "1", "5") START("mux", "1", "5"));
	for (unsigned columns = 2; columns < 90; columns++) {
		buf_reset(&out);
		top_text(&out, &run->top, true, columns, 0);
		for (char *line = out.data, *next; *line; line = next) {
			struct buf plain = {0};

			next = strchr(line, '\n') + 1;
			for (char *p = line; p < next - 1; p++) {
				if (*p == '\033')
					p += strcspn(p, "m");
				else
					buf_char(&plain, *p);
			}
			assert_true(width_of(buf_text(&plain), plain.len) <= columns);
			buf_free(&plain);
		}
	}
	for (unsigned rows = 2; rows < 12; rows++) {
		buf_reset(&out);
		top_text(&out, &run->top, false, 0, rows);
		lines = 0;
		for (size_t i = 0; i < out.len; i++)
			lines += out.data[i] == '\n';
		assert_true(rows < 5 || lines <= rows);
	}
	buf_free(&out);
	assert_listing(run, 0, 7,
		"subtitles, job job, run 20251127_140915, pid 7 on host since then\n"
		"\n"
		"STAGE     TIME   BEFORE     MEMORY    CPU\n"
		"demux   1m 04s       5s          -      -\n"
		"… and 2 more\n"
		"\n"
		"[0/3] 3 running, ETA 0s\n");
	end(run);
}

static void without_a_run_one_line_says_so(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	run->top.who = NULL;
	assert_listing(run, 0, 0,
		"no run of job 'job' is going on; the last one, 20251127_140915, was killed\n");
	feed(run, "{'event': 'run_end', 'at': 70, 'outcome': 'failed', 'seconds': 70, 'ran': 1, "
		  "'failed': 1, 'blocked': 1}\n");
	assert_listing(run, 0, 0,
		"no run of job 'job' is going on; the last one, 20251127_140915, ended (failed): 1 ran, "
		"1 failed, 1 not run in 1m 10s\n");
	run->top.who = "pid 8";
	assert_listing(run, 0, 0, "job 'job' is held by pid 8, which has begun no run yet\n");
	run->top.who = NULL;
	run->top.log = NULL;
	assert_listing(run, 0, 0, "no run of job 'job' is going on; it was never run\n");
	end(run);
}

static void a_record_whose_writer_is_gone_is_no_run(void **state)
{
	struct watched_run *run = begin();

	(void)state;
	run->top.is_alive = false; /* another process holds the lock: accept, clean ... */
	assert_false(top_is_running(&run->top));
	end(run);
}

static void the_json_says_the_same(void **state)
{
	struct watched_run *run = begin();
	struct buf out = {0};
	json *doc;

	(void)state;
	feed(run, START("demux", "60", "20") START("asr", "55", "15"));
	top_json(&out, &run->top);
	doc = json_parse(out.data, out.len, NULL);
	assert_non_null(doc);
	assert_string_equal(json_get_str(doc, "schema", ""), "restage.top/1");
	assert_true(json_get_num(doc, "eta_seconds", -1) == 30);
	assert_int_equal(json_count(json_get(doc, "stages")), 2);
	assert_true(json_get_num(json_first(json_get(doc, "stages")), "seconds", -1) == 5);
	assert_true(json_is(json_get(json_first(json_get(doc, "stages")), "memory_mb"), JSON_NULL));
	assert_true(
		json_is(json_get(json_first(json_get(doc, "stages")), "gpu_percent"), JSON_NULL));
	json_free(doc);
	buf_free(&out);
	end(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_stages_are_listed_with_what_is_known_of_them),
		cmocka_unit_test(stages_that_wait_elsewhere_are_told_by_what_for),
		cmocka_unit_test(gpus_have_a_column_where_one_is_used),
		cmocka_unit_test(a_stage_that_ended_is_counted_and_not_listed),
		cmocka_unit_test(the_estimate_spreads_what_is_left_over_what_runs),
		cmocka_unit_test(a_stage_that_takes_longer_than_before_is_expected_at_any_time),
		cmocka_unit_test(it_is_not_guessed_which_stages_a_run_of_some_is_about),
		cmocka_unit_test(lines_are_cut_to_the_window),
		cmocka_unit_test(without_a_run_one_line_says_so),
		cmocka_unit_test(a_record_whose_writer_is_gone_is_no_run),
		cmocka_unit_test(the_json_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Two runs, or two jobs, beside each other: each kind of difference, and what is none. */
#include "view/diff/compare.h"

#include "record/runs/past.h"
#include "record_past.h"

/* --- what asks for a comparison: all that knows its calls */

static struct compare diff;
static struct err diff_error;

/* Of the runs of out/p by their place from the oldest. -1 with diff_error. */
static int compare_places(uint32_t a, uint32_t b)
{
	struct past_entry *entries;
	uint32_t count;

	compare_free(&diff);
	err_clear(&diff_error);
	assert_int_equal(past_list(&arena, "out/p", &entries, &count, &diff_error), 0);
	assert_true(a < count && b < count);
	return compare_runs(&arena, graph, entries, count, a, b, &diff, &diff_error);
}

static int compare_dirs(const char *a, const char *b)
{
	compare_free(&diff);
	err_clear(&diff_error);
	return compare_jobs(&arena, graph, a, b, &diff, &diff_error);
}

static void add_change(struct buf *out, const struct compare_change *change)
{
	bool is_file = change->kind == COMPARE_INPUT || change->kind == COMPARE_OUTPUT;

	buf_fmt(out, "\n  %s %s:", compare_kind_name(change->kind),
		change->about ? change->about : "-");
	if (!change->before)
		buf_str(out, " added");
	else if (is_file)
		buf_fmt(out, " %llu", (unsigned long long)change->size_before);
	else
		buf_fmt(out, " '%s'", change->before);
	buf_str(out, " ->");
	if (!change->after)
		buf_str(out, " removed");
	else if (is_file)
		buf_fmt(out, " %llu", (unsigned long long)change->size_after);
	else
		buf_fmt(out, " '%s'", change->after);
}

/* "a: ran -> failed", with a line below for each change: the stages that are of interest. */
static const char *told(void)
{
	struct buf out = {0};
	const char *text;

	for (uint32_t i = 0; i < diff.pair_count; i++) {
		const struct compare_pair *pair = &diff.pairs[i];

		if (!compare_is_of_interest(&diff, pair))
			continue;
		buf_fmt(&out, "%s%s: %s -> %s", out.len ? "\n" : "", pair->name,
			compare_state_name(pair->a->state), compare_state_name(pair->b->state));
		for (uint32_t k = 0; k < pair->change_count; k++)
			add_change(&out, &pair->changes[k]);
	}
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const struct compare_pair *pair_of(const char *name)
{
	for (uint32_t i = 0; i < diff.pair_count; i++) {
		if (strcmp(diff.pairs[i].name, name) == 0)
			return &diff.pairs[i];
	}
	fail_msg("there is no stage '%s'", name);
	return NULL;
}

static const char *as_text(void)
{
	struct buf out = {0};
	const char *text;

	compare_text(&out, &diff, false);
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const char *as_json(void)
{
	struct buf out = {0};
	const char *text;

	compare_json(&out, &diff);
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* --- runs and jobs, written by hand */

#define SUM_1 "\"xxh3-128:00000000000000000000000000000001\""
#define SUM_2 "\"xxh3-128:00000000000000000000000000000002\""

/* The record of the nth run (from 0), in which this happened. */
static void write_run(int n, const char *events)
{
	const char *run = arena_fmt(&arena, "20251127_14091%d", n);

	write_file(arena_fmt(&arena, "out/p/logs/99_pipeline_%s.jsonl", run),
		arena_fmt(&arena,
			"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\", "
			"\"time\": \"2025-11-27T14:09:1%d.000000+00:00\", \"run\": \"%s\", "
			"\"pipeline\": \"p\", \"job\": \"p\", \"host\": \"h\", \"pid\": 7, "
			"\"selected\": 2, \"stages\": 2, "
			"\"log\": \"out/p/logs/99_pipeline_%s.log\", \"root\": \"/r\"}\n%s",
			n, run, run, events));
}

static const char *started(const char *stage)
{
	return arena_fmt(&arena,
		"{\"event\": \"start\", \"at\": 1, \"stage\": \"%s\", \"attempt\": 1, "
		"\"reasons\": [], \"command\": \"work\"}\n",
		stage);
}

/* One attempt that ended so; members: each behind a comma. */
static const char *ended(const char *event, const char *stage, const char *members)
{
	return arena_fmt(&arena,
		"%s{\"event\": \"%s\", \"at\": 2, \"stage\": \"%s\", \"attempt\": 1, "
		"\"seconds\": 1.5, \"exit_code\": %d%s}\n",
		started(stage), event, stage, strcmp(event, "done") == 0 ? 0 : 1, members);
}

static const char *run_end(const char *members)
{
	return arena_fmt(&arena,
		"{\"event\": \"run_end\", \"at\": 3, \"outcome\": \"success\", \"seconds\": 3%s}\n",
		members);
}

#define FILE_O(path, sum, size) "[\"" path "\", " sum ", " size ", \"5\"]"

/* What differs when stage a did this in the one run, and that in the other. */
static const char *between(const char *members_a, const char *members_b)
{
	load_good("[stage:a]\ncommand = work\n");
	write_run(0, ended("done", "a", members_a));
	write_run(1, ended("done", "a", members_b));
	assert_int_equal(compare_places(0, 1), 0);
	return told();
}

/* Manifest of a stage in a job's directory; members: each behind a comma. */
static void write_job(const char *dir, const char *stage, const char *number, const char *members)
{
	const char *job = path_base(dir);

	write_file(arena_fmt(&arena, "%s/%s_%s/manifest.json", dir, number, stage),
		arena_fmt(&arena,
			"{\"schema\": \"restage.manifest/1\", \"stage\": \"%s\", "
			"\"job\": \"%s\", \"stage_dir\": \"%s/%s_%s\", "
			"\"run\": \"20251127_140915\"%s}",
			stage, job, dir, number, stage, members));
}

#define SUCCESS ", \"status\": \"success\""

static const char *between_jobs(const char *members_a, const char *members_b)
{
	load_good("[stage:a]\ncommand = work\n");
	write_job("out/one", "a", "01", arena_fmt(&arena, SUCCESS "%s", members_a));
	write_job("out/two", "a", "01", arena_fmt(&arena, SUCCESS "%s", members_b));
	assert_int_equal(compare_dirs("out/one", "out/two"), 0);
	return told();
}

static int leave(void **state)
{
	compare_free(&diff);
	err_clear(&diff_error);
	return past_leave(state);
}

#define TEST_COMPARE(name) cmocka_unit_test_setup_teardown(name, def_enter, leave)

/* --- kinds of differences, of runs */

static void what_is_the_same_differs_in_nothing(void **state)
{
	const char *all =
		", \"config\": {\"k\": \"1\"}, \"tools\": {\"cc\": \"1\"}, "
		"\"command_digest\": \"c\", "
		"\"env_digest\": \"e\", \"inputs\": [" FILE_O("in", SUM_1,
			"3") "], "
			     "\"outputs\": [" FILE_O("out/p/01_a/o", SUM_1,
				     "3") "], "
					  "\"outputs_more\": {\"count\": 1, \"checksum\": \"m\"}";

	(void)state;
	assert_string_equal(between(all, all), "a: ran -> ran");
	assert_string_equal(between("", ""), "a: ran -> ran");
}

static void config_is_compared_key_by_key(void **state)
{
	(void)state;
	assert_string_equal(between(", \"config\": {\"same\": 1, \"k\": \"1\", \"gone\": [1, 2]}",
				    ", \"config\": {\"new\": true, \"k\": \"2\", \"same\": 1}"),
		"a: ran -> ran\n  config k: '1' -> '2'\n  config gone: '[1, 2]' -> removed\n"
		"  config new: added -> 'true'");
	/* A text and a number that read the same are. */
	assert_string_equal(between(", \"config\": {\"k\": \"1\"}", ", \"config\": {\"k\": 1}"),
		"a: ran -> ran");
	assert_string_equal(between("", ", \"config\": {\"k\": \"\"}"),
		"a: ran -> ran\n  config k: added -> ''");
}

static void tools_are_compared_one_by_one(void **state)
{
	(void)state;
	assert_string_equal(between(", \"tools\": {\"cc\": \"1\", \"ld\": \"1\"}",
				    ", \"tools\": {\"cc\": \"2\"}"),
		"a: ran -> ran\n  tool cc: '1' -> '2'\n  tool ld: '1' -> removed");
}

static void variables_are_compared_as_a_whole(void **state)
{
	(void)state;
	assert_string_equal(between(", \"env_digest\": \"1\"", ", \"env_digest\": \"2\""),
		"a: ran -> ran\n  env -: '' -> ''");
	assert_string_equal(
		between(", \"env_digest\": \"1\"", ""), "a: ran -> ran"); /* not known of both */
}

static void commands_are_compared_by_what_they_mean(void **state)
{
	static const char *const attempts[] = {
		"{\"event\": \"start\", \"at\": 1, \"stage\": \"a\", \"attempt\": 1, "
		"\"command\": \"work in 1\"}\n"
		"{\"event\": \"done\", \"at\": 2, \"stage\": \"a\", \"attempt\": 1%s}\n",
		"{\"event\": \"start\", \"at\": 1, \"stage\": \"a\", \"attempt\": 1, "
		"\"command\": \"work in 2\"}\n"
		"{\"event\": \"done\", \"at\": 2, \"stage\": \"a\", \"attempt\": 1%s}\n",
	};
	static const struct {
		const char *a, *b, *want;
	} digests[] = {
		{"", "", "a: ran -> ran\n  command -: 'work in 1' -> 'work in 2'"},
		{", \"command_digest\": \"1\"", ", \"command_digest\": \"1\"", "a: ran -> ran"},
		{", \"command_digest\": \"1\"", ", \"command_digest\": \"2\"",
			"a: ran -> ran\n  command -: 'work in 1' -> 'work in 2'"},
		{", \"command_digest\": \"1\"", "",
			"a: ran -> ran\n  command -: 'work in 1' -> 'work in 2'"},
	};

	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		write_run(0, replaced(attempts[0], "%s", digests[i].a));
		write_run(1, replaced(attempts[1], "%s", digests[i].b));
		assert_int_equal(compare_places(0, 1), 0);
		assert_string_equal(told(), digests[i].want);
	}
}

static void files_are_compared_by_their_place(void **state)
{
	(void)state;
	assert_string_equal(between(", \"inputs\": [" FILE_O("same", SUM_1, "3") ", " FILE_O(
					    "in", SUM_1, "3") ", " FILE_O("gone", SUM_1, "4") "]",
				    ", \"inputs\": [" FILE_O("new", SUM_1, "5") ", " FILE_O(
					    "in", SUM_2, "6") ", " FILE_O("same", SUM_1, "3") "]"),
		"a: ran -> ran\n  input new: added -> 5\n  input in: 3 -> 6\n"
		"  input gone: 4 -> removed");
	assert_string_equal(between(", \"outputs\": [" FILE_O("o", SUM_1, "3") "]",
				    ", \"outputs\": [" FILE_O("o", SUM_2, "3") "]"),
		"a: ran -> ran\n  output o: 3 -> 3");
	/* Without checksums the size is all that is known. */
	assert_string_equal(between(", \"inputs\": [" FILE_O("in", "null", "3") "]",
				    ", \"inputs\": [" FILE_O("in", "null", "3") "]"),
		"a: ran -> ran");
	assert_string_equal(between(", \"inputs\": [" FILE_O("in", "null", "3") "]",
				    ", \"inputs\": [" FILE_O("in", "null", "4") "]"),
		"a: ran -> ran\n  input in: 3 -> 4");
}

static void a_renumbered_stage_has_the_same_files(void **state)
{
	(void)state;
	assert_string_equal(
		between(", \"outputs\": [" FILE_O("out/p/01_a/o", SUM_1,
				"3") "], \"inputs\": [" FILE_O("out/p/07_m/x", SUM_1, "3") "]",
			", \"outputs\": [" FILE_O("out/p/02_a/o", SUM_1,
				"3") "], \"inputs\": [" FILE_O("out/p/08_m/x", SUM_1, "3") "]"),
		"a: ran -> ran");
	assert_string_equal(between(", \"outputs\": [" FILE_O("out/p/01_a/o", SUM_1, "3") "]",
				    ", \"outputs\": [" FILE_O("out/p/02_a/o", SUM_2, "3") "]"),
		"a: ran -> ran\n  output out/p/02_a/o: 3 -> 3");
}

static void files_beyond_those_that_are_listed_are_compared_together(void **state)
{
	const char *one = ", \"inputs_more\": {\"count\": 2, \"checksum\": \"1\"}";
	const char *two = ", \"inputs_more\": {\"count\": 2, \"checksum\": \"2\"}";

	(void)state;
	assert_string_equal(between(one, one), "a: ran -> ran");
	assert_string_equal(
		between(one, two), "a: ran -> ran\n  input (files beyond the first 1,000): 0 -> 0");
	assert_string_equal(between("", ", \"outputs_more\": {\"count\": 2, \"checksum\": \"2\"}"),
		"a: ran -> ran\n  output (files beyond the first 1,000): added -> 0");
}

/* --- what came of the stages */

static void of_a_failure_the_outputs_are_not_compared(void **state)
{
	const char *one = ", \"config\": {\"k\": 1}, \"inputs\": [" FILE_O(
		"in", SUM_1, "3") "], \"outputs\": [" FILE_O("o", SUM_1, "3") "]";
	const char *two = ", \"config\": {\"k\": 2}, \"inputs\": [" FILE_O(
		"in", SUM_2, "3") "], \"outputs\": [" FILE_O("o", SUM_2, "3") "]";

	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_run(0, ended("done", "a", one));
	write_run(1, ended("fail", "a", two));
	assert_int_equal(compare_places(0, 1), 0);
	assert_string_equal(told(), "a: ran -> failed\n  config k: '1' -> '2'\n  input in: 3 -> 3");
	assert_int_equal(pair_of("a")->b->exit_code, 1);
	assert_int_equal(pair_of("a")->a->exit_code, 0);
}

static void of_what_did_not_end_nothing_is_compared(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_run(0, ended("done", "a", ", \"config\": {\"k\": 1}"));
	write_run(1, started("a"));
	assert_int_equal(compare_places(0, 1), 0);
	assert_string_equal(told(), "a: ran -> running");
}

static void each_state_of_a_stage_is_told(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n");
	write_run(0, arena_fmt(&arena, "%s%s%s", ended("done", "a", ""), ended("done", "b", ""),
			     run_end("")));
	write_run(1, arena_fmt(&arena, "{\"event\": \"fresh\", \"at\": 1, \"stages\": [\"b\"]}\n%s",
			     ended("fail", "a", "")));
	write_run(2, "{\"event\": \"skip\", \"at\": 1, \"stage\": \"a\", \"reason\": \"no\"}\n"
		     "{\"event\": \"blocked\", \"at\": 1, \"stage\": \"b\", \"by\": \"a\"}\n");
	write_run(3, ended("retry", "a", ""));
	assert_int_equal(compare_places(0, 1), 0);
	assert_string_equal(told(), "a: ran -> failed\nb: ran -> up_to_date");
	assert_int_equal(compare_places(1, 2), 0);
	assert_string_equal(told(), "a: failed -> skipped\nb: up_to_date -> blocked");
	assert_int_equal(compare_places(2, 3), 0);
	assert_string_equal(told(), "a: skipped -> running\nb: blocked -> absent");
}

static void the_last_of_several_attempts_counts(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_run(0, ended("done", "a", ", \"config\": {\"k\": 1}"));
	write_run(1, arena_fmt(&arena, "%s%s", ended("retry", "a", ""),
			     ended("done", "a", ", \"config\": {\"k\": 2}")));
	assert_int_equal(compare_places(0, 1), 0);
	assert_string_equal(told(), "a: ran -> ran\n  config k: '1' -> '2'");
}

static void stages_stand_in_the_order_of_the_definition_and_others_behind(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n[stage:never]\n"
		  "command = work\n");
	write_run(0, arena_fmt(&arena, "%s%s", ended("done", "old", ""), ended("done", "b", "")));
	write_run(1, arena_fmt(&arena, "%s%s%s", ended("done", "b", ""), ended("done", "older", ""),
			     ended("done", "a", "")));
	assert_int_equal(compare_places(0, 1), 0);
	assert_string_equal(told(),
		"a: absent -> ran\nb: ran -> ran\nold: ran -> absent\nolder: absent -> ran");
	assert_int_equal(diff.pair_count, 4);
}

static void figures_are_those_of_the_attempt(void **state)
{
	const struct compare_stage *a, *b;

	(void)state;
	between(", \"resources\": {\"memory_mb\": 12.5, \"cpu_user_seconds\": 1, "
		"\"cpu_system_seconds\": 0.5}, "
		"\"outputs\": [" FILE_O("o", SUM_1, "3") ", " FILE_O("p", SUM_1, "4") "]",
		", \"resources\": {\"cpu_user_seconds\": 1}");
	a = pair_of("a")->a;
	b = pair_of("a")->b;
	assert_true(a->seconds == 1.5 && a->memory_mb == 12.5 && a->cpu_seconds == 1.5);
	assert_int_equal(a->output_bytes, 7);
	assert_true(b->memory_mb < 0 && b->cpu_seconds < 0);
	assert_int_equal(b->output_bytes, 0);
}

/* --- what was up to date in a run is as an earlier run made it */

static void what_was_up_to_date_is_as_its_last_success_made_it(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n");
	write_run(0, ended("done", "a", ", \"config\": {\"k\": 1}"));
	write_run(1, ended("done", "a", ", \"config\": {\"k\": 2}"));
	write_run(2, ended("fail", "a", ", \"config\": {\"k\": 3}"));
	write_run(3, arena_fmt(&arena, "{\"event\": \"fresh\", \"at\": 1, \"stages\": [\"a\"]}\n%s",
			     ended("done", "b", "")));
	write_run(4, ended("done", "a", ", \"config\": {\"k\": 4}"));
	assert_int_equal(compare_places(3, 4), 0);
	assert_string_equal(
		told(), "a: up_to_date -> ran\n  config k: '2' -> '4'\nb: ran -> absent");
	assert_string_equal(pair_of("a")->a->run, "20251127_140911");
	/* The other way round too. */
	assert_int_equal(compare_places(4, 3), 0);
	assert_string_equal(
		told(), "a: ran -> up_to_date\n  config k: '4' -> '2'\nb: absent -> ran");
}

/* What neither of them ran, nor any run between them, is the same on both sides. */
static void what_did_not_run_between_two_runs_is_not_told(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n");
	write_run(0, ended("done", "b", ""));
	write_run(1, ended("done", "a", ""));
	write_run(2, ended("done", "a", ""));
	assert_int_equal(compare_places(1, 2), 0);
	assert_string_equal(told(), "a: ran -> ran");
	assert_int_equal(diff.pair_count, 1);
}

static void a_run_in_which_nothing_ran_had_all_up_to_date(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n");
	write_run(0, arena_fmt(&arena, "%s%s", ended("done", "a", ", \"config\": {\"k\": 1}"),
			     ended("done", "b", "")));
	write_run(1, run_end(", \"fresh\": 2, \"skipped\": 0"));
	write_run(2, ended("done", "a", ", \"config\": {\"k\": 2}"));
	assert_int_equal(compare_places(1, 2), 0);
	assert_string_equal(told(), "a: up_to_date -> ran\n  config k: '1' -> '2'");
	/* One that was about less does not say which. */
	write_run(1, run_end(", \"fresh\": 1, \"skipped\": 0"));
	assert_int_equal(compare_places(1, 2), 0);
	assert_string_equal(told(), "a: absent -> ran\n  config k: '1' -> '2'");
}

static void a_run_without_a_record_cannot_be_compared(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_run(0, ended("done", "a", ", \"config\": {\"k\": 1}"));
	write_file("out/p/logs/99_pipeline_20251127_140911.log", "");
	write_run(2, ended("done", "a", ", \"config\": {\"k\": 2}"));
	assert_int_equal(compare_places(0, 1), -1);
	assert_string_equal(diff_error.text,
		"run 20251127_140911 has a log, but no record: it is older than records, "
		"or its record was removed");
	/* Between two others it is passed over. */
	assert_int_equal(compare_places(0, 2), 0);
	assert_string_equal(told(), "a: ran -> ran\n  config k: '1' -> '2'");
	write_file("out/p/logs/99_pipeline_20251127_140911.jsonl", "nonsense\n");
	assert_int_equal(compare_places(0, 2), 0);
	assert_int_equal(compare_places(1, 2), -1);
	assert_non_null(strstr(diff_error.text, "is no run record"));
}

/* --- jobs */

static void jobs_are_compared_by_their_manifests(void **state)
{
	(void)state;
	assert_string_equal(
		between_jobs(
			", \"command\": \"work 1\", \"config\": {\"k\": \"1\"}, "
			"\"tools\": {\"cc\": \"1\"}, \"env\": {\"SAME\": \"s\", "
			"\"V\": \"secret1\", \"GONE\": \"secret2\"}, "
			"\"inputs\": [{\"path\": \"in\", \"size_bytes\": 3, \"checksum\": " SUM_1
			"}], \"outputs\": [{\"path\": \"out/one/01_a/o\", "
			"\"size_bytes\": 4, \"checksum\": " SUM_1 "}]",
			", \"command\": \"work 2\", \"config\": {\"k\": \"2\"}, "
			"\"tools\": {\"cc\": \"2\"}, \"env\": {\"SAME\": \"s\", "
			"\"V\": \"secret3\", \"NEW\": \"secret4\"}, "
			"\"inputs\": [{\"path\": \"in\", \"size_bytes\": 3, \"checksum\": " SUM_2
			"}], \"outputs\": [{\"path\": \"out/two/01_a/o\", "
			"\"size_bytes\": 5, \"checksum\": " SUM_2 "}]"),
		"a: ran -> ran\n  config k: '1' -> '2'\n  env V: '' -> ''\n"
		"  env GONE: '' -> removed\n"
		"  env NEW: added -> ''\n  tool cc: '1' -> '2'\n  command -: 'work 1' -> 'work "
		"2'\n"
		"  input in: 3 -> 3\n  output out/two/01_a/o: 4 -> 5");
}

static void two_jobs_that_made_the_same_differ_in_nothing(void **state)
{
	(void)state;
	assert_string_equal(
		between_jobs(", \"command\": \"work out/one/01_a/o\", "
			     "\"key\": {\"command\": \"c\"}, \"outputs\": [{\"path\": "
			     "\"out/one/01_a/o\", \"size_bytes\": 4, \"checksum\": " SUM_1 "}]",
			", \"command\": \"work out/two/01_a/o\", "
			"\"key\": {\"command\": \"c\"}, \"outputs\": [{\"path\": "
			"\"out/two/01_a/o\", \"size_bytes\": 4, \"checksum\": " SUM_1 "}]"),
		"a: ran -> ran");
}

/* The manifest says where the job was when it was written. */
static void a_renamed_or_renumbered_job_has_the_same_files(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_job("out/one", "a", "01",
		SUCCESS ", \"outputs\": [{\"path\": \"out/one/01_a/o\", \"checksum\": " SUM_1 "}]");
	write_file("out/copy/05_a/manifest.json",
		"{\"schema\": \"restage.manifest/1\", \"stage\": \"a\", \"job\": \"was\", "
		"\"status\": \"success\", \"stage_dir\": \"elsewhere/was/07_a\", "
		"\"outputs\": [{\"path\": \"elsewhere/was/07_a/o\", "
		"\"checksum\": " SUM_1 "}]}");
	assert_int_equal(compare_dirs("out/one", "out/copy"), 0);
	assert_string_equal(told(), "a: ran -> ran");
	assert_string_equal(diff.a.name, "one");
	assert_string_equal(diff.b.name, "copy");
}

static void each_state_of_a_jobs_stage_is_told(void **state)
{
	static const char *const statuses[] = {
		"success", "failed", "skipped", "running", "strange"};
	static const enum compare_state states[] = {
		COMPARE_RAN, COMPARE_FAILED, COMPARE_SKIPPED, COMPARE_RUNNING, COMPARE_FAILED};

	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_job("out/one", "a", "01", SUCCESS);
	assert_int_equal(mkdir("out/two", 0777), 0);
	assert_int_equal(compare_dirs("out/one", "out/two"), 0);
	assert_string_equal(told(), "a: ran -> absent");
	for (int i = 0; i < 5; i++) {
		write_job("out/two", "a", "01",
			arena_fmt(&arena, ", \"status\": \"%s\"", statuses[i]));
		assert_int_equal(compare_dirs("out/one", "out/two"), 0);
		assert_int_equal(pair_of("a")->b->state, states[i]);
	}
	/* Two that both failed alike are nothing to tell. */
	write_job("out/one", "a", "01", ", \"status\": \"failed\"");
	assert_int_equal(compare_dirs("out/one", "out/two"), 0);
	assert_string_equal(told(), "");
}

static void manifests_of_instances_are_found_and_other_files_passed_over(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_job("out/one", "a", "01", SUCCESS);
	write_file("out/one/02_b/x/manifest.json",
		"{\"schema\": \"restage.manifest/1\", \"stage\": \"b/x\", "
		"\"status\": \"success\"}");
	write_file("out/one/02_b/y/manifest.json", "{\"schema\": \"mine\", \"stage\": \"b/y\"}");
	write_file("out/one/02_b/z/manifest.json", "{damaged");
	write_file("out/one/02_b/w/manifest.json",
		"{\"schema\": \"restage.manifest/1\", \"stage\": \"\"}");
	write_file("out/one/logs/manifest.json",
		"{\"schema\": \"restage.manifest/1\", \"stage\": \"logs\", "
		"\"status\": \"success\"}");
	assert_int_equal(mkdir("out/two", 0777), 0);
	assert_int_equal(compare_dirs("out/one", "out/two"), 0);
	assert_string_equal(told(), "a: ran -> absent\nb/x: ran -> absent");
}

static void what_a_manifest_says_amiss_is_not_known(void **state)
{
	const struct compare_stage *b;

	(void)state;
	assert_string_equal(
		between_jobs("", ", \"config\": [1], \"env\": 5, \"tools\": \"x\", "
				 "\"inputs\": {\"a\": 1}, \"outputs\": [1, {\"path\": \"\"}, "
				 "{\"path\": \"o\", \"size_bytes\": -5}], \"exit_code\": 999, "
				 "\"duration_seconds\": \"x\", \"resources\": 7"),
		"a: ran -> ran\n  output o: added -> 0");
	b = pair_of("a")->b;
	assert_int_equal(b->exit_code, -1);
	assert_true(b->seconds < 0 && b->memory_mb < 0 && b->cpu_seconds < 0);
}

static void a_job_that_is_not_there_cannot_be_compared(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = work\n");
	write_job("out/one", "a", "01", SUCCESS);
	assert_int_equal(compare_dirs("out/one", "out/none"), -1);
	assert_non_null(strstr(diff_error.text, "out/none"));
}

/* --- places and names */

static void a_file_is_known_by_its_place_in_the_job(void **state)
{
	static const struct {
		const char *path, *key;
	} all[] = {{"out/p/01_a/o", "@a/o"}, {"out/p/17_a/o", "@a/o"}, {"out/p/notes", "@notes"},
		{"out/p/12", "@12"}, {"out/p", "out/p"}, {"out/px/01_a/o", "out/px/01_a/o"},
		{"in", "in"}, {"/abs", "/abs"}};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_string_equal(compare_key(&arena, "out/p", all[i].path), all[i].key);
	assert_string_equal(compare_key(&arena, "", "out/p/01_a/o"), "out/p/01_a/o");
}

static void states_and_kinds_have_names(void **state)
{
	static const char *const states[] = {
		"absent", "ran", "failed", "up_to_date", "skipped", "blocked", "running"};
	static const char *const kinds[] = {"config", "env", "tool", "command", "input", "output"};

	(void)state;
	for (int i = COMPARE_ABSENT; i <= COMPARE_RUNNING; i++)
		assert_string_equal(compare_state_name((enum compare_state)i), states[i]);
	for (int i = COMPARE_CONFIG; i <= COMPARE_OUTPUT; i++)
		assert_string_equal(compare_kind_name((enum compare_kind)i), kinds[i]);
}

/* --- as it is shown */

static void two_shown_runs(void)
{
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n");
	write_run(0, arena_fmt(&arena, "%s%s%s",
			     ended("done", "a",
				     ", \"config\": {\"rate\": 8000}, \"env_digest\": \"1\", "
				     "\"outputs\": [" FILE_O("out/p/01_a/o", SUM_1, "2048") "]"),
			     ended("done", "b", ""),
			     run_end(", \"ran\": 2, \"fresh\": 0, \"cpu_seconds\": 1.5")));
	write_run(
		1, arena_fmt(&arena, "{\"event\": \"fresh\", \"at\": 1, \"stages\": [\"b\"]}\n%s%s",
			   ended("done", "a",
				   ", \"config\": {\"rate\": 16000}, "
				   "\"env_digest\": \"2\", \"resources\": {\"memory_mb\": "
				   "3}, \"outputs\": [" FILE_O("out/p/01_a/o", SUM_2, "4096") "]"),
			   run_end(", \"ran\": 1, \"fresh\": 1")));
	assert_int_equal(compare_places(0, 1), 0);
}

static void runs_are_shown_beside_each_other(void **state)
{
	(void)state;
	two_shown_runs();
	assert_string_equal(as_text(),
		"  run         20251127_140910         20251127_140911\n"
		"  began       2025-11-27 14:09:10     2025-11-27 14:09:11\n"
		"  outcome     success                 success\n"
		"  ran         2                       1\n"
		"  up to date  0                       1\n"
		"  took        3.0s                    3.0s\n"
		"  CPU         1.5s                    ?\n"
		"\n"
		"a: ran in both\n"
		"  config  rate: '8000' -> '16000'\n"
		"  env     changed\n"
		"  output  out/p/01_a/o: changed, 2.0 KB -> 4.0 KB\n"
		"\n"
		"ran -> up to date: b\n"
		"\n"
		"stage       took                memory               outputs\n"
		"a           1.5s       1.5s          -     3.0 MB     2.0 KB     4.0 KB\n");
}

static void a_comparison_as_json_has_all_of_it(void **state)
{
	(void)state;
	two_shown_runs();
	assert_lines(as_json(),
		"{\n"
		"  \"schema\": \"restage.diff/1\",\n"
		"  \"kind\": \"runs\",\n"
		"  \"a\": {\"name\": \"20251127_140910\", "
		"\"began_at\": \"2025-11-27T14:09:10.000000+00:00\", \"outcome\": \"success\", "
		"\"seconds\": 3, \"totals\": {\"event\": \"run_end\", \"at\": 3, "
		"\"outcome\": \"success\", \"seconds\": 3, \"ran\": 2, \"fresh\": 0, "
		"\"cpu_seconds\": 1.5}},\n"
		"  \"b\": {\"name\": \"20251127_140911\", "
		"\"began_at\": \"2025-11-27T14:09:11.000000+00:00\", \"outcome\": \"success\", "
		"\"seconds\": 3, \"totals\": {\"event\": \"run_end\", \"at\": 3, "
		"\"outcome\": \"success\", \"seconds\": 3, \"ran\": 1, \"fresh\": 1}},\n"
		"  \"stages\": [\n"
		"    {\"stage\": \"a\", \"a\": {\"state\": \"ran\", \"run\": \"20251127_140910\", "
		"\"seconds\": 1.5, \"cpu_seconds\": null, \"memory_mb\": null, "
		"\"output_bytes\": 2048, \"exit_code\": 0}, \"b\": {\"state\": \"ran\", "
		"\"run\": \"20251127_140911\", \"seconds\": 1.5, \"cpu_seconds\": null, "
		"\"memory_mb\": 3, \"output_bytes\": 4096, \"exit_code\": 0}, "
		"\"changes\": [{\"kind\": \"config\", \"about\": \"rate\", "
		"\"change\": \"changed\", \"before\": \"8000\", \"after\": \"16000\"}, "
		"{\"kind\": \"env\", \"about\": null, \"change\": \"changed\", \"before\": null, "
		"\"after\": null}, {\"kind\": \"output\", \"about\": \"out/p/01_a/o\", "
		"\"change\": \"changed\", \"before\": 2048, \"after\": 4096}]},\n"
		"    {\"stage\": \"b\", \"a\": {\"state\": \"ran\", \"run\": \"20251127_140910\", "
		"\"seconds\": 1.5, \"cpu_seconds\": null, \"memory_mb\": null, "
		"\"output_bytes\": 0, \"exit_code\": 0}, \"b\": {\"state\": \"up_to_date\", "
		"\"run\": \"20251127_140910\", \"seconds\": 1.5, \"cpu_seconds\": null, "
		"\"memory_mb\": null, \"output_bytes\": 0, \"exit_code\": 0}, \"changes\": []}\n"
		"  ]\n"
		"}\n");
}

static void what_does_not_differ_is_said(void **state)
{
	(void)state;
	between("", "");
	assert_non_null(
		strstr(as_text(), "\nno stage differs in what it was made of or what it made\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_COMPARE(what_is_the_same_differs_in_nothing),
		TEST_COMPARE(config_is_compared_key_by_key),
		TEST_COMPARE(tools_are_compared_one_by_one),
		TEST_COMPARE(variables_are_compared_as_a_whole),
		TEST_COMPARE(commands_are_compared_by_what_they_mean),
		TEST_COMPARE(files_are_compared_by_their_place),
		TEST_COMPARE(a_renumbered_stage_has_the_same_files),
		TEST_COMPARE(files_beyond_those_that_are_listed_are_compared_together),
		TEST_COMPARE(of_a_failure_the_outputs_are_not_compared),
		TEST_COMPARE(of_what_did_not_end_nothing_is_compared),
		TEST_COMPARE(each_state_of_a_stage_is_told),
		TEST_COMPARE(the_last_of_several_attempts_counts),
		TEST_COMPARE(stages_stand_in_the_order_of_the_definition_and_others_behind),
		TEST_COMPARE(figures_are_those_of_the_attempt),
		TEST_COMPARE(what_was_up_to_date_is_as_its_last_success_made_it),
		TEST_COMPARE(what_did_not_run_between_two_runs_is_not_told),
		TEST_COMPARE(a_run_in_which_nothing_ran_had_all_up_to_date),
		TEST_COMPARE(a_run_without_a_record_cannot_be_compared),
		TEST_COMPARE(jobs_are_compared_by_their_manifests),
		TEST_COMPARE(two_jobs_that_made_the_same_differ_in_nothing),
		TEST_COMPARE(a_renamed_or_renumbered_job_has_the_same_files),
		TEST_COMPARE(each_state_of_a_jobs_stage_is_told),
		TEST_COMPARE(manifests_of_instances_are_found_and_other_files_passed_over),
		TEST_COMPARE(what_a_manifest_says_amiss_is_not_known),
		TEST_COMPARE(a_job_that_is_not_there_cannot_be_compared),
		TEST_COMPARE(a_file_is_known_by_its_place_in_the_job),
		TEST_COMPARE(states_and_kinds_have_names),
		TEST_COMPARE(runs_are_shown_beside_each_other),
		TEST_COMPARE(a_comparison_as_json_has_all_of_it),
		TEST_COMPARE(what_does_not_differ_is_said),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

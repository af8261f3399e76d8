#include "view/answer/answer.h"

#include "base/err.h"
#include "base/json.h"
#include "run/ask/verify.h"
#include "view_test.h"

static struct verify_report report(
	const struct graph *graph, const struct verify_finding *findings, uint32_t count)
{
	return (struct verify_report){
		.graph = graph,
		.findings = findings,
		.finding_count = count,
		.stage_count = 3,
		.file_count = 5,
		.bytes = 3 << 20,
		.seconds = 0.5,
	};
}

static const struct verify_finding findings[] = {
	{
		.kind = VERIFY_CHANGED,
		.stage = 0,
		.path = "out/job/01_demux/audio.wav",
		.role = ROLE_OUTPUT,
		.recorded = {{1}},
		.found = {{2}},
	},
	{
		.kind = VERIFY_UNTRACKED,
		.stage = 1,
		.path = "out/job/02_asr/tmp",
		.text = "output.tmp = tmp",
	},
	{.kind = VERIFY_UNTRACKED, .stage = NONE, .path = "out/job/09_old/"},
	{.kind = VERIFY_NO_RECORD, .stage = 2},
	{
		.kind = VERIFY_NO_SUM,
		.stage = 0,
		.path = "in.wav",
		.role = ROLE_INPUT,
		.text = "it has no recorded checksum",
	},
};

static void each_finding_is_a_line(void **state)
{
	struct graph *graph = made_three();
	struct verify_report found = report(graph, findings, 5);
	struct buf out = {0};

	(void)state;
	verify_text(&out, &found, false);
	assert_string_equal(buf_text(&out),
		"changed: out/job/01_demux/audio.wav (output of demux)\n"
		"untracked: out/job/02_asr/tmp; to track it: output.tmp = tmp\n"
		"untracked: out/job/09_old/\n"
		"never succeeded: mux\n"
		"unverified: in.wav (input of demux): it has no recorded checksum\n"
		"3 stages, 5 files (3.0 MB, 0.5s): 1 changed, 2 untracked, 1 never succeeded, "
		"1 unverified\n");
	buf_free(&out);
	graph_free(graph);
}

static void all_as_recorded_is_one_line(void **state)
{
	struct graph *graph = made_three();
	struct verify_report found = report(graph, NULL, 0);
	struct buf out = {0};

	(void)state;
	verify_text(&out, &found, false);
	assert_string_equal(buf_text(&out), "3 stages, 5 files (3.0 MB, 0.5s): all as recorded\n");
	buf_free(&out);
	graph_free(graph);
}

static void json_has_checksums_and_nulls(void **state)
{
	struct graph *graph = made_three();
	struct verify_report found = report(graph, findings, 5);
	struct buf out = {0};
	struct err err = {0};
	json *document;
	const json *row;

	(void)state;
	json_verify(&out, &found);
	document = json_parse(buf_text(&out), out.len, &err);
	assert_non_null(document);
	assert_string_equal(json_get_str(document, "schema", ""), "restage.verify/1");
	assert_true(json_is(json_get(document, "differs"), JSON_TRUE));
	row = json_first(json_get(document, "findings"));
	assert_string_equal(json_get_str(row, "kind", ""), "changed");
	assert_string_equal(
		json_get_str(row, "recorded", ""), "xxh3-128:01000000000000000000000000000000");
	assert_string_equal(json_get_str(row, "role", ""), "output");
	row = json_next(json_next(row));
	assert_true(json_is(json_get(row, "stage"), JSON_NULL));
	assert_true(json_is(json_get(row, "recorded"), JSON_NULL));
	json_free(document);
	buf_free(&out);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_finding_is_a_line),
		cmocka_unit_test(all_as_recorded_is_one_line),
		cmocka_unit_test(json_has_checksums_and_nulls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

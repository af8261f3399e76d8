#include "base/err.h"
#include "base/json.h"
#include "view/answer/answer.h"
#include "view/graph/graph_view.h"
#include "view_plan.h"

static json *parsed(struct buf *out)
{
	struct err err = {0};
	json *document = json_parse(buf_text(out), out->len, &err);

	if (!document)
		fail_msg("%s in:\n%s", err.text, buf_text(out));
	buf_reset(out);
	return document;
}

/* The n-th row of a list. */
static const json *row(const json *document, const char *list, int n)
{
	const json *at = json_first(json_get(document, list));

	while (n-- > 0)
		at = json_next(at);
	assert_non_null(at);
	return at;
}

static void assert_str(const json *object, const char *key, const char *expected)
{
	assert_string_equal(json_get_str(object, key, "(absent)"), expected);
}

static void status_is_a_row_a_stage(void **state)
{
	struct planned p;
	struct buf out = {0};
	json *document;

	(void)state;
	planned_make(&p);
	json_status(&out, &p.plan);
	assert_has(
		&out, "{\n  \"schema\": \"restage.status/1\",\n  \"pipeline\": \"subtitles\",\n");
	assert_has(&out, "\n    {\"name\": \"demux\", ");
	document = parsed(&out);
	assert_str(row(document, "stages", 0), "state", "out_of_date");
	assert_str(row(row(document, "stages", 0), "reasons", 0), "code", "config_changed");
	assert_str(row(document, "stages", 1), "cause", "demux");
	assert_str(row(document, "stages", 2), "state", "up_to_date");
	assert_str(json_get(row(document, "stages", 2), "last"), "run", "20251127_140915");
	assert_true(json_is(json_get(document, "running"), JSON_NULL));
	assert_int_equal(json_get_num(json_get(document, "counts"), "may_run", -1), 1);
	json_free(document);
	buf_free(&out);
	planned_free(&p);
}

static void a_plan_lists_what_runs_and_what_it_took(void **state)
{
	struct planned p;
	struct buf out = {0};
	json *document;

	(void)state;
	planned_make(&p);
	p.records[1].success.is_known = false;
	json_plan(&out, &p.plan);
	document = parsed(&out);
	assert_str(document, "schema", "restage.plan/1");
	assert_int_equal(json_count(json_get(document, "stages")), 2);
	assert_str(row(document, "stages", 0), "action", "run");
	assert_str(row(document, "stages", 0), "command", "true");
	assert_int_equal(
		json_get_num(json_get(row(document, "stages", 0), "before"), "memory_mb", 0), 312);
	assert_str(row(document, "stages", 1), "action", "may_run");
	assert_true(json_is(json_get(row(document, "stages", 1), "before"), JSON_NULL));
	json_free(document);
	buf_free(&out);
	planned_free(&p);
}

static void why_is_a_chain_to_the_root(void **state)
{
	struct planned p;
	struct arena arena = {0};
	const struct record *past[3] = {NULL};
	struct why why = {.plan = &p.plan, .arena = &arena, .past = past};
	struct buf out = {0};
	json *document;

	(void)state;
	planned_make(&p);
	json_why(&out, &why, 1);
	document = parsed(&out);
	assert_str(document, "schema", "restage.why/1");
	assert_str(document, "state", "may_run");
	assert_str(row(document, "chain", 0), "about", "may_run");
	assert_str(row(document, "chain", 1), "stage", "demux");
	assert_str(row(document, "chain", 1), "about", "will_run");
	assert_str(row(document, "chain", 1), "file", "out/job/01_demux/audio.wav");
	assert_str(document, "root", "demux");
	json_free(document);
	json_why(&out, &why, 2); /* up to date, and nothing is known of its last run */
	document = parsed(&out);
	assert_int_equal(json_count(json_get(document, "chain")), 0);
	assert_true(json_is(json_get(document, "root"), JSON_NULL));
	json_free(document);
	buf_free(&out);
	arena_free(&arena);
	planned_free(&p);
}

static void list_and_show_tell_the_definition(void **state)
{
	struct planned p;
	struct buf out = {0};
	json *document;

	(void)state;
	planned_make(&p);
	json_list(&out, p.plan.graph, NULL);
	document = parsed(&out);
	assert_str(document, "schema", "restage.list/1");
	assert_int_equal(json_count(json_get(document, "stages")), 3);
	assert_string_equal(json_str(row(row(document, "stages", 2), "needs", 1), ""), "asr");
	json_free(document);
	json_show(&out, p.plan.graph, 2, &p.stages[2]);
	document = parsed(&out);
	assert_str(document, "schema", "restage.show/1");
	assert_str(row(document, "inputs", 1), "producer", "asr");
	assert_str(json_get(document, "defined"), "file", "pipeline.ini");
	assert_true(json_is(json_get(document, "shell"), JSON_NULL));
	assert_str(document, "state", "up_to_date");
	json_free(document);
	json_show(&out, p.plan.graph, 2, NULL);
	document = parsed(&out);
	assert_true(json_is(json_get(document, "last"), JSON_NULL));
	json_free(document);
	buf_free(&out);
	planned_free(&p);
}

static void a_graph_has_stages_files_and_the_path(void **state)
{
	struct graph *graph = made_three();
	const double seconds[] = {1, 5, -1};
	bool critical[3];
	struct graph_view view = {
		.graph = graph,
		.seconds = seconds,
		.on_critical_path = critical,
		.with_files = true,
	};
	struct buf out = {0};
	json *document;

	(void)state;
	graph_view_critical(graph, seconds, critical);
	graph_json(&out, &view);
	document = parsed(&out);
	assert_str(document, "schema", "restage.graph/1");
	assert_true(json_is(json_get(row(document, "stages", 2), "duration_seconds"), JSON_NULL));
	assert_string_equal(json_str(row(document, "critical_path", 0), ""), "demux");
	assert_str(row(document, "files", 1), "producer", "demux");
	assert_string_equal(json_str(row(row(document, "files", 1), "consumers", 0), ""), "asr");
	assert_string_equal(json_str(row(row(document, "files", 1), "consumers", 1), ""), "mux");
	assert_true(json_is(json_get(row(document, "files", 0), "producer"), JSON_NULL));
	json_free(document);
	buf_free(&out);
	graph_free(graph);
}

static void names_that_are_no_utf8_survive(void **state)
{
	struct made made = made_new();
	struct graph *graph;
	struct buf out = {0};
	json *document;

	(void)state;
	made_stage(&made, "a/\"\n\xff", "in=i\xfe\"", "o=out/job/1");
	graph = made_graph(&made);
	json_list(&out, graph, NULL);
	document = parsed(&out);
	assert_str(row(document, "stages", 0), "name", "a/\"\n\xee\xbf\xbf");
	assert_string_equal(
		json_str(row(row(document, "stages", 0), "inputs", 0), ""), "i\xee\xbf\xbe\"");
	json_free(document);
	buf_free(&out);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_a_row_a_stage),
		cmocka_unit_test(a_plan_lists_what_runs_and_what_it_took),
		cmocka_unit_test(why_is_a_chain_to_the_root),
		cmocka_unit_test(list_and_show_tell_the_definition),
		cmocka_unit_test(a_graph_has_stages_files_and_the_path),
		cmocka_unit_test(names_that_are_no_utf8_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

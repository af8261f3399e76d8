/* A run as JSON that other programs read: a trace, lineage, a crate; and hostile names. */
#include "view_export_test.h"

/* --- trace */

/* Events of that phase ("X"), and name where it is not NULL. */
static uint32_t events_of(const json *trace, const char *phase, const char *name, const json **last)
{
	uint32_t count = 0;
	const json *node = json_first(json_get(trace, "traceEvents"));

	for (; node; node = json_next(node)) {
		if (strcmp(json_get_str(node, "ph", ""), phase) != 0 ||
			(name && strcmp(json_get_str(node, "name", ""), name) != 0))
			continue;
		count++;
		*last = node;
	}
	return count;
}

static void trace_has_an_event_an_attempt(void **state)
{
	const json *event = NULL, *args;
	json *trace;

	(void)state;
	small_run();
	trace = parsed(exported("trace"));
	assert_text(trace, "displayTimeUnit", "ms");
	assert_text(json_get(trace, "otherData"), "outcome", "failed");
	assert_int_equal(events_of(trace, "X", NULL, &event), 3);
	assert_int_equal(events_of(trace, "X", "asr", &event), 2);
	assert_true(json_get_num(event, "ts", 0) == 3000000 &&
		    json_get_num(event, "dur", 0) == 1000000);
	args = json_get(event, "args");
	assert_text(args, "state", "failed");
	assert_text(args, "message", "model.bin: not found");
	assert_text(args, "command", "work asr");
	assert_true(
		json_get_num(args, "exit_code", -1) == 1 && json_get_num(args, "attempt", 0) == 2);
	assert_int_equal(events_of(trace, "X", "demux", &event), 1);
	args = json_get(event, "args");
	assert_true(
		json_get_num(args, "inputs", -1) == 1 && json_get_num(args, "outputs", -1) == 1);
	assert_true(json_get_num(json_get(args, "resources"), "memory_mb", -1) == 12.5);
	/* One lane is enough, for one ran after the other; and one is the run's. */
	assert_int_equal(events_of(trace, "M", "thread_name", &event), 2);
	assert_int_equal(events_of(trace, "i", "demux: warning", &event), 1);
	assert_text(json_get(event, "args"), "text", "slow disk");
	assert_int_equal(events_of(trace, "i", "asr: failed", &event), 1);
	assert_text(json_get(event, "args"), "text", "exit code 1: model.bin: not found");
	assert_int_equal(events_of(trace, "i", "asr: retried", &event), 1);
	/* What is counted returns to nothing. */
	assert_true(events_of(trace, "C", "running stages", &event) > 0);
	assert_true(json_get_num(json_get(event, "args"), "stages", -1) == 0);
	assert_int_equal(events_of(trace, "C", "memory", &event), 2);
	assert_true(json_get_num(json_get(event, "args"), "MB", -1) == 0);
	json_free(trace);
}

static void attempts_at_once_lie_in_lanes_of_their_own(void **state)
{
	static const int want[] = {1, 2, 1, 3}; /* c takes the place that a left */
	const json *node, *event = NULL;
	json *trace;
	int i = 0;

	(void)state;
	load_good(FIVE);
	WRITE_RUN(START("1", "a", "1"), START("1.5", "b", "1"), END("done", "2", "a", "1", "0", ""),
		START("2", "c", "1"), START("2.5", "d", "1"), END("done", "3", "b", "1", "0", ""),
		END("done", "3", "c", "1", "0", ""), END("done", "3", "d", "1", "0", ""));
	trace = parsed(exported("trace"));
	assert_int_equal(events_of(trace, "M", "thread_name", &event), 4);
	for (node = json_first(json_get(trace, "traceEvents")); node; node = json_next(node)) {
		if (strcmp(json_get_str(node, "ph", ""), "X") == 0)
			assert_int_equal(json_get_num(node, "tid", 0), want[i++]);
	}
	assert_int_equal(i, 4);
	json_free(trace);
}

static void trace_keeps_hostile_names_in_their_strings(void **state)
{
	const json *event = NULL;
	json *trace;

	(void)state;
	hostile_run();
	trace = parsed(exported("trace"));
	assert_int_equal(events_of(trace, "X", HOSTILE_NAME, &event), 1);
	json_free(trace);
}

/* --- OpenLineage */

/* The nth event (from 0), the caller's; NULL behind the last. */
static json *lineage_event(const char *text, uint32_t n)
{
	for (; n && text; n--) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text && *text ? parsed(arena_strndup(&arena, text, strcspn(text, "\n"))) : NULL;
}

static const char *run_id(const json *event)
{
	return arena_strdup(&arena, json_get_str(json_get(event, "run"), "runId", "(none)"));
}

static void lineage_tells_starts_and_ends_by_time(void **state)
{
	static const struct {
		const char *type, *job, *time;
	} want[] = {
		{"START", "subtitles", "2025-11-27T14:09:15.000000+00:00"},
		{"START", "subtitles.demux", "2025-11-27T14:09:16.000000+00:00"},
		{"COMPLETE", "subtitles.demux", "2025-11-27T14:09:17.500000+00:00"},
		{"START", "subtitles.asr", "2025-11-27T14:09:17.500000+00:00"},
		{"FAIL", "subtitles.asr", "2025-11-27T14:09:18.000000+00:00"},
		{"START", "subtitles.asr", "2025-11-27T14:09:18.000000+00:00"},
		{"FAIL", "subtitles.asr", "2025-11-27T14:09:19.000000+00:00"},
		{"FAIL", "subtitles", "2025-11-27T14:09:19.500000+00:00"},
	};
	const char *text;
	json *event;

	(void)state;
	unsetenv("OPENLINEAGE_NAMESPACE");
	small_run();
	text = exported("openlineage");
	for (uint32_t i = 0; i < sizeof want / sizeof *want; i++) {
		event = lineage_event(text, i);
		assert_text(event, "eventType", want[i].type);
		assert_text(event, "eventTime", want[i].time);
		assert_text(json_get(event, "job"), "name", want[i].job);
		assert_text(json_get(event, "job"), "namespace", "restage");
		assert_int_equal(strlen(run_id(event)), 36);
		assert_int_equal(run_id(event)[14], '8'); /* made as we like, RFC 9562 */
		json_free(event);
	}
	assert_null(lineage_event(text, 8));
}

static void lineage_knows_an_attempt_by_one_id_and_its_run_by_another(void **state)
{
	const char *text, *ids[8];
	const json *parent;

	(void)state;
	small_run();
	text = exported("openlineage");
	for (uint32_t i = 0; i < 8; i++) {
		json *event = lineage_event(text, i);

		ids[i] = run_id(event);
		parent = json_get(json_get(json_get(event, "run"), "facets"), "parent");
		if (i == 0 || i == 7)
			assert_null(parent);
		else
			assert_text(json_get(parent, "run"), "runId", ids[0]);
		json_free(event);
	}
	assert_string_equal(ids[7], ids[0]);
	assert_string_equal(ids[2], ids[1]);
	assert_string_equal(ids[4], ids[3]);
	assert_string_equal(ids[6], ids[5]);
	assert_string_not_equal(ids[1], ids[0]);
	assert_string_not_equal(ids[3], ids[1]);
	assert_string_not_equal(ids[5], ids[3]); /* the second attempt of the same stage */
}

static void lineage_names_files_and_what_went_wrong(void **state)
{
	const char *text;
	const json *file, *facets;
	json *event;

	(void)state;
	small_run();
	text = exported("openlineage");
	event = lineage_event(text, 2);
	file = json_first(json_get(event, "inputs"));
	assert_text(file, "namespace", "file");
	assert_text(file, "name", "/r/in/a.mp4");
	assert_text(json_get(json_get(file, "facets"), "version"), "datasetVersion", SUM);
	assert_true(json_get_num(json_get(json_get(file, "inputFacets"), "inputStatistics"), "size",
			    -1) == 100);
	file = json_first(json_get(event, "outputs"));
	assert_text(file, "name", "/r/out/talk/01_demux/a.wav");
	assert_true(json_get_num(json_get(json_get(file, "outputFacets"), "outputStatistics"),
			    "size", -1) == 50);
	json_free(event);
	event = lineage_event(text, 6);
	facets = json_get(json_get(event, "run"), "facets");
	assert_text(
		json_get(facets, "errorMessage"), "message", "exit code 1: model.bin: not found");
	assert_text(json_get(facets, "errorMessage"), "stackTrace", "loading\nnot found\n");
	assert_text(json_get(facets, "restage_attempt"), "state", "failed");
	json_free(event);
	/* What an attempt made is told when it has ended. */
	event = lineage_event(text, 1);
	assert_int_equal(json_count(json_get(event, "outputs")), 0);
	json_free(event);
}

static void lineage_of_a_run_without_an_end_depends_on_its_life(void **state)
{
	json *event;

	(void)state;
	load_good(FIVE);
	WRITE_RUN(START("1", "a", "1"));
	assert_null(lineage_event(exported_as("openlineage", true, NULL), 2));
	event = lineage_event(exported("openlineage"), 2);
	assert_text(event, "eventType", "ABORT");
	assert_text(json_get(event, "job"), "name", "subtitles.a");
	json_free(event);
	event = lineage_event(exported("openlineage"), 3);
	assert_text(event, "eventType", "ABORT");
	assert_text(json_get(event, "job"), "name", "subtitles");
	json_free(event);
}

static void lineage_takes_its_namespace_from_the_environment(void **state)
{
	json *event;

	(void)state;
	small_run();
	setenv("OPENLINEAGE_NAMESPACE", "lab", 1);
	event = lineage_event(exported("openlineage"), 0);
	assert_text(json_get(event, "job"), "namespace", "lab");
	json_free(event);
	setenv("OPENLINEAGE_NAMESPACE", "", 1);
	event = lineage_event(exported("openlineage"), 0);
	assert_text(json_get(event, "job"), "namespace", "restage");
	json_free(event);
	unsetenv("OPENLINEAGE_NAMESPACE");
}

static void lineage_keeps_hostile_names_in_their_strings(void **state)
{
	json *event;

	(void)state;
	hostile_run();
	event = lineage_event(exported("openlineage"), 2);
	assert_text(json_get(event, "job"), "name", "subtitles." HOSTILE_NAME);
	assert_text(json_first(json_get(event, "inputs")), "name", "/r/" HOSTILE_NAME);
	json_free(event);
}

/* --- RO-Crate */

static const json *entity(const json *crate, const char *id)
{
	const json *node = json_first(json_get(crate, "@graph"));

	while (node && strcmp(json_get_str(node, "@id", ""), id) != 0)
		node = json_next(node);
	if (!node)
		fail_msg("there is no entity '%s'", id);
	return node;
}

/* References, "@id" alone in an object, lead to an entity of the crate or out of it. */
static void check_references(const struct map *ids, const json *node)
{
	const char *id = json_get_str(node, "@id", NULL);

	if (id && json_count(node) == 1) {
		bool is_outside = strncmp(id, "https://", 8) == 0 || strncmp(id, "http://", 7) == 0;

		if (!is_outside && map_get(ids, id) == NONE)
			fail_msg("'%s' leads nowhere", id);
	}
	if (!json_is(node, JSON_OBJECT) && !json_is(node, JSON_ARRAY))
		return;
	for (const json *child = json_first(node); child; child = json_next(child))
		check_references(ids, child);
}

static void check_crate(const json *crate)
{
	struct map ids = {0};
	uint32_t count = 0;

	for (const json *node = json_first(json_get(crate, "@graph")); node;
		node = json_next(node)) {
		const char *id = json_get_str(node, "@id", NULL);

		assert_non_null(id);
		if (map_put(&ids, id, count) != count)
			fail_msg("'%s' stands twice", id);
		count++;
		assert_non_null(json_get(node, "@type"));
		for (const char *p = id; *p; p++)
			assert_true((unsigned char)*p > ' ' && (unsigned char)*p < 127 &&
				    !strchr("\"<>\\^`{}", *p));
	}
	check_references(&ids, json_get(crate, "@graph"));
	map_free(&ids);
}

static const char *ref(const json *object, const char *key)
{
	const json *node = json_get(object, key);

	return json_get_str(json_is(node, JSON_ARRAY) ? json_first(node) : node, "@id", "(none)");
}

static void a_crate_tells_of_the_run_and_its_attempts(void **state)
{
	const json *node;
	json *crate;

	(void)state;
	small_run();
	crate = parsed(exported("ro-crate"));
	check_crate(crate);
	assert_string_equal(ref(entity(crate, "ro-crate-metadata.json"), "about"), "./");
	assert_string_equal(ref(entity(crate, "./"), "mainEntity"), "p.ini");
	assert_string_equal(ref(entity(crate, "./"), "license"), "#license");
	node = entity(crate, "#run");
	assert_text(node, "@type", "CreateAction");
	assert_text(node, "startTime", "2025-11-27T14:09:15.000000+00:00");
	assert_text(node, "endTime", "2025-11-27T14:09:19.500000+00:00");
	assert_string_equal(ref(node, "actionStatus"), "http://schema.org/FailedActionStatus");
	assert_string_equal(ref(node, "object"), "in/a.mp4");
	assert_string_equal(ref(node, "result"), "out/talk/01_demux/a.wav");
	node = entity(crate, "#attempt/demux/1");
	assert_string_equal(ref(node, "actionStatus"), "http://schema.org/CompletedActionStatus");
	assert_string_equal(ref(node, "instrument"), "#tool/demux");
	assert_string_equal(ref(node, "result"), "out/talk/01_demux/a.wav");
	assert_null(json_get(node, "error"));
	node = entity(crate, "#attempt/asr/2");
	assert_string_equal(ref(node, "actionStatus"), "http://schema.org/FailedActionStatus");
	assert_text(node, "error", "exit code 1: model.bin: not found");
	assert_null(json_get(node, "result"));
	assert_string_equal(ref(entity(crate, "#control/asr/1"), "object"), "#attempt/asr/1");
	assert_text(entity(crate, "#step/demux"), "position", "1");
	assert_text(entity(crate, "#step/asr"), "position", "2");
	assert_text(entity(crate, "#value/demux/1/rate"), "value", "16000");
	node = entity(crate, "in/a.mp4");
	assert_text(node, "@type", "File");
	assert_text(node, "contentSize", "100");
	assert_text(node, "identifier", SUM);
	assert_text(node, "dateModified", "2025-11-27T14:09:15.000000+00:00");
	json_free(crate);
}

static void files_of_a_crate_lie_where_they_are(void **state)
{
	json *crate;

	(void)state;
	load_good(FIVE);
	write_file("dir/x", "x");
	WRITE_RUN(START("1", "a", "1"),
		END("done", "2", "a", "1", "0",
			", \"inputs\": [[\"dir\", null, 1, \"0\"], [\"/abs/x y\", null, 1, "
			"\"5\"], [\"../up\", null, 1, \"5\"], [\"100%\", null, 1, \"5\"]]"));
	crate = parsed(exported("ro-crate"));
	check_crate(crate);
	assert_text(entity(crate, "dir/"), "@type", "Dataset");
	assert_null(json_get(entity(crate, "dir/"), "identifier"));
	assert_null(json_get(entity(crate, "dir/"), "dateModified"));
	assert_text(entity(crate, "file:///abs/x%20y"), "name", "x y");
	assert_text(entity(crate, "file:///up"), "name", "up");
	assert_text(entity(crate, "100%25"), "name", "100%");
	json_free(crate);
}

static void a_crate_encodes_hostile_names(void **state)
{
	const char *id = "a%22%3C%26%3E%27%25%2C%3B%7B%7D%5Cx%0A%1B%5B31mred%FF";
	json *crate;

	(void)state;
	hostile_run();
	crate = parsed(exported("ro-crate"));
	check_crate(crate);
	assert_text(entity(crate, id), "name", HOSTILE_NAME);
	assert_text(entity(crate, arena_fmt(&arena, "#tool/%s", id)), "name", HOSTILE_NAME);
	json_free(crate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(trace_has_an_event_an_attempt),
		TEST_PAST(attempts_at_once_lie_in_lanes_of_their_own),
		TEST_PAST(trace_keeps_hostile_names_in_their_strings),
		TEST_PAST(lineage_tells_starts_and_ends_by_time),
		TEST_PAST(lineage_knows_an_attempt_by_one_id_and_its_run_by_another),
		TEST_PAST(lineage_names_files_and_what_went_wrong),
		TEST_PAST(lineage_of_a_run_without_an_end_depends_on_its_life),
		TEST_PAST(lineage_takes_its_namespace_from_the_environment),
		TEST_PAST(lineage_keeps_hostile_names_in_their_strings),
		TEST_PAST(a_crate_tells_of_the_run_and_its_attempts),
		TEST_PAST(files_of_a_crate_lie_where_they_are),
		TEST_PAST(a_crate_encodes_hostile_names),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A run as text that other programs read: a table, JUnit, metrics; and names that break out. */
#include "view_export_test.h"

/* --- the table */

static void the_choices_name_the_formats_in_their_order(void **state)
{
	struct buf names = {0};

	(void)state;
	for (const struct export_format *format = export_formats; format->name; format++) {
		buf_fmt(&names, "%s%s", names.len ? "|" : "", format->name);
		assert_int_equal(format->wants_records, strcmp(format->name, "prometheus") == 0);
	}
	assert_string_equal(buf_text(&names), EXPORT_CHOICES);
	buf_free(&names);
}

static void every_format_can_tell_of_a_run_that_has_only_begun(void **state)
{
	(void)state;
	load_good(FIVE);
	WRITE_RUN("");
	for (const struct export_format *format = export_formats; format->name; format++) {
		const char *text = exported(format->name);

		assert_true(*text);
		assert_string_equal(exported(format->name), text); /* the same each time */
	}
	assert_int_equal(count_of(exported("csv"), "\r\n"), 1);
	assert_contains(exported("prometheus"), "outcome=\"killed\"");
	assert_contains(exported_as("prometheus", true, NULL), "outcome=\"running\"");
}

static void gpus_are_told_where_there_are_some(void **state)
{
	const char *text;

	(void)state;
	small_run();
	assert_null(strstr(exported("trace"), "\"GPU\""));
	assert_null(strstr(exported("prometheus"), "restage_stage_gpu"));
	load_good(FIVE);
	WRITE_RUN(START("1", "demux", "1"),
		"{\"event\": \"sample\", \"at\": 1.5, \"stage\": \"demux\", \"attempt\": 1, "
		"\"seconds\": 0.5, \"resources\": {\"memory_mb\": 10, \"gpu_percent\": 70, "
		"\"gpu_memory_mb\": 512, \"gpus\": [\"0\"]}}\n",
		END("done", "2.5", "demux", "1", "0",
			", \"resources\": {\"gpu_percent\": 62.5, \"gpu_memory_mb\": 768, "
			"\"gpu_seconds\": 1.25, \"gpus\": [\"0\"]}"));
	assert_contains(exported("csv"), ",1.250,62.5,768.000\r\n");
	text = exported("prometheus");
	assert_contains(text, "restage_stage_gpu_seconds{");
	assert_contains(text, ",stage=\"demux\"} 1.250000");
	assert_contains(text, "restage_stage_gpu_memory_bytes{");
	assert_contains(text, ",stage=\"demux\"} 805306368");
	text = exported("trace");
	assert_contains(text, "\"name\": \"GPU\",");
	assert_contains(text, "\"args\": {\"percent\": 70}");
	assert_contains(text, "\"name\": \"GPU memory\",");
	assert_contains(text, "\"args\": {\"MB\": 512}");
}

/* --- csv */

#define CSV_HEAD \
	"run,pipeline,job,stage,attempt,state,started_at,ended_at,seconds,exit_code,signal," \
	"failure_allowed,reasons,cpu_user_seconds,cpu_system_seconds,cpu_percent,memory_mb," \
	"read_mb,written_mb,input_files,input_bytes," \
	"output_files,output_bytes,cost,currency,message,command,dir,warnings,costs," \
	"gpu_seconds,gpu_percent,gpu_memory_mb\r\n"

static void csv_has_a_row_an_attempt(void **state)
{
	(void)state;
	small_run();
	assert_string_equal(exported("csv"), CSV_HEAD
		"20251127_140915,subtitles,talk,demux,1,done,2025-11-27T14:09:16.000000+00:00,"
		"2025-11-27T14:09:17.500000+00:00,1.500000,0,,no,never_ran,"
		"1.000,0.250,,12.500,,,1,100,1,50,0.250000,"
		"EUR,,work demux,,,0.25 EUR,,,\r\n"
		"20251127_140915,subtitles,talk,asr,1,retried,2025-11-27T14:09:17.500000+00:00,"
		"2025-11-27T14:09:18.000000+00:00,1.500000,3,,no,never_ran,"
		",,,,,,0,0,0,0,0.000000,,exit code 3,work asr,,,,,,\r\n"
		"20251127_140915,subtitles,talk,asr,2,failed,2025-11-27T14:09:18.000000+00:00,"
		"2025-11-27T14:09:19.000000+00:00,1.500000,1,,no,never_ran,"
		",,,,,,0,0,0,0,0.000000,,model.bin: not found,"
		"work asr,,,,,,\r\n");
}

static void csv_quotes_what_would_break_a_row(void **state)
{
	const char *text, *cell = "\"a\"\"<&>'%,;{}\\x\n\033[31mred";

	(void)state;
	hostile_run();
	text = exported("csv");
	assert_int_equal(count_of(text, "\r\n"), 2);
	assert_contains(text, arena_fmt(&arena, ",talk,%s\xee\xbf\xbf\",1,failed,", cell));
	load_good(FIVE);
	WRITE_RUN(START("1", " edge ", "1"));
	assert_contains(exported("csv"), ",talk,\" edge \",1,interrupted,");
}

static void csv_leaves_empty_what_is_not_known(void **state)
{
	(void)state;
	load_good(FIVE);
	WRITE_RUN(START("1", "a", "1"),
		"{\"event\": \"done\", \"at\": 2, \"stage\": \"a\", \"attempt\": 1, "
		"\"exit_code\": null, \"signal\": 9, "
		"\"outputs_more\": {\"count\": 7, \"checksum\": \"x\"}}\n",
		START("3", "b", "1"));
	assert_string_equal(exported_as("csv", true, NULL), CSV_HEAD
		"20251127_140915,subtitles,talk,a,1,done,2025-11-27T14:09:16.000000+00:00,"
		"2025-11-27T14:09:17.000000+00:00,1.000000,,9,no,never_ran,"
		",,,,,,0,0,7,,0.000000,,,work a,,,,,,\r\n"
		"20251127_140915,subtitles,talk,b,1,running,2025-11-27T14:09:18.000000+00:00,,"
		"0.000000,,,no,"
		"never_ran,"
		",,,,,,0,0,0,0,0.000000,,,work b,,,,,,\r\n");
}

/* --- states of attempts, as all formats name them */

static const char *state_in_csv(bool is_alive)
{
	const char *row = strstr(exported_as("csv", is_alive, NULL), "\r\n") + 2;

	for (int i = 0; i < 5; i++)
		row = strchr(row, ',') + 1;
	return arena_strndup(&arena, row, strcspn(row, ","));
}

static void an_attempt_has_one_of_five_states(void **state)
{
	(void)state;
	load_good(FIVE);
	WRITE_RUN(START("1", "a", "1"));
	assert_string_equal(state_in_csv(true), "running");
	assert_string_equal(state_in_csv(false), "interrupted"); /* nobody wrote how it ended */
	WRITE_RUN(START("1", "a", "1"), END("done", "2", "a", "1", "0", ""));
	assert_string_equal(state_in_csv(false), "done");
	WRITE_RUN(START("1", "a", "1"), END("retry", "2", "a", "1", "1", ""));
	assert_string_equal(state_in_csv(false), "retried");
	WRITE_RUN(START("1", "a", "1"), END("fail", "2", "a", "1", "1", ""));
	assert_string_equal(state_in_csv(false), "failed");
	WRITE_RUN(START("1", "a", "1"), END("fail", "2", "a", "1", "null",
						", \"interrupted\": "
						"true"));
	assert_string_equal(state_in_csv(false), "interrupted");
}

/* --- JUnit */

static void junit_has_a_case_a_stage(void **state)
{
	(void)state;
	small_run();
	assert_lines(exported("junit"),
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"subtitles\" tests=\"5\" failures=\"1\" errors=\"0\" "
		"skipped=\"3\" time=\"4.500000\">\n"
		"<testsuite name=\"subtitles\" tests=\"5\" failures=\"1\" errors=\"0\" "
		"skipped=\"3\" "
		"time=\"4.500000\" timestamp=\"2025-11-27T14:09:15.000000+00:00\" hostname=\"h\">\n"
		"<properties>\n"
		"<property name=\"run\" value=\"20251127_140915\"/>\n"
		"<property name=\"job\" value=\"talk\"/>\n"
		"<property name=\"outcome\" value=\"failed\"/>\n"
		"<property name=\"restage\" value=\"1.0\"/>\n"
		"<property name=\"log\" value=\"out/talk/logs/99_pipeline_20251127_140915.log\"/>\n"
		"</properties>\n"
		"<testcase classname=\"subtitles.words\" name=\"words\" time=\"0.000000\">\n"
		"<skipped message=\"up to date\"/>\n"
		"</testcase>\n"
		"<testcase classname=\"subtitles.extra\" name=\"extra\" time=\"0.000000\">\n"
		"<skipped message=\"skipped: disabled\"/>\n"
		"</testcase>\n"
		"<testcase classname=\"subtitles.demux\" name=\"demux\" time=\"1.500000\">\n"
		"<system-out>ran because: it never ran\n"
		"warning: slow disk\n"
		"command: work demux\n"
		"</system-out>\n"
		"</testcase>\n"
		"<testcase classname=\"subtitles.asr\" name=\"asr\" time=\"3.000000\">\n"
		"<failure type=\"exit_code\" message=\"exit code 1: model.bin: not "
		"found\">loading\n"
		"not found</failure>\n"
		"<system-out>attempt 1: exit code 3\n"
		"ran because: it never ran\n"
		"command: work asr\n"
		"</system-out>\n"
		"</testcase>\n"
		"<testcase classname=\"subtitles.mux\" name=\"mux\" time=\"0.000000\">\n"
		"<skipped message=\"not run, needs asr\"/>\n"
		"</testcase>\n"
		"</testsuite>\n"
		"</testsuites>\n");
}

static void junit_tells_what_is_nobodys_fault(void **state)
{
	const char *text;

	(void)state;
	load_good(FIVE);
	WRITE_RUN(START("1", "a", "1"),
		END("fail", "2", "a", "1", "1", ", \"allowed\": true, \"text\": \"exit code 1\""),
		START("1", "b", "1"), END("fail", "2", "b", "1", "null", ", \"interrupted\": true"),
		START("1", "c", "1"));
	text = exported("junit");
	assert_contains(text,
		"name=\"a\" time=\"1.500000\">\n<skipped message=\"exit code 1, which is "
		"allowed\"/>");
	assert_contains(text, "name=\"b\" time=\"1.500000\">\n"
			      "<error type=\"interrupted\" message=\"interrupted\"></error>");
	assert_contains(text,
		"name=\"c\" time=\"1.000000\">\n<error type=\"interrupted\" message=\"the run "
		"was killed\">");
	assert_contains(text,
		"<error type=\"killed\" message=\"the run was killed: its record has no end\">");
	assert_contains(text, "tests=\"4\" failures=\"0\" errors=\"3\" skipped=\"1\"");
	text = exported_as("junit", true, NULL);
	assert_contains(
		text, "name=\"c\" time=\"1.000000\">\n<skipped message=\"still running\"/>");
	assert_contains(text, "tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"2\"");
	WRITE_RUN("{\"event\": \"run_end\", \"at\": 1, \"outcome\": \"error\", \"seconds\": 1, "
		  "\"error\": \"disk full\"}\n");
	assert_contains(exported("junit"), "<error type=\"error\" message=\"disk full\"></error>");
}

static void junit_puts_instances_under_their_stage(void **state)
{
	(void)state;
	load_good(FIVE);
	WRITE_RUN(START("1", "a/x", "1"), END("done", "2", "a/x", "1", "0", ""));
	assert_contains(exported("junit"),
		"<testcase classname=\"subtitles.a\" name=\"a/x\" time=\"1.500000\">");
}

/* The record of a run with nothing to do names nobody. */
static void junit_lists_all_stages_of_a_run_in_which_nothing_ran(void **state)
{
	const char *end =
		"{\"event\": \"run_end\", \"at\": 1, \"outcome\": \"success\", \"seconds\": 1, "
		"\"fresh\": %d, "
		"\"skipped\": 1}\n";
	const char *text;

	(void)state;
	load_good(FIVE);
	WRITE_RUN(replaced(end, "%d", "4"));
	text = exported("junit");
	assert_contains(text, "tests=\"5\" failures=\"0\" errors=\"0\" skipped=\"5\"");
	assert_contains(
		text, "name=\"words\" time=\"0.000000\">\n<skipped message=\"up to date\"/>");
	assert_contains(text, "name=\"extra\" time=\"0.000000\">\n<skipped message=\"skipped\"/>");
	WRITE_RUN(replaced(end, "%d", "3")); /* not all of them */
	assert_contains(exported("junit"), "tests=\"0\"");
}

/* Between tags there is no character that XML has another use for, nor one that it cannot hold. */
static void assert_xml(const char *text)
{
	bool in_tag = false, in_quotes = false;

	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		assert_true(c >= ' ' || c == '\n' || c == '\t');
		if (in_tag && c == '"')
			in_quotes = !in_quotes;
		assert_true(c != '<' || !in_tag);
		if (c == '<')
			in_tag = true;
		assert_true(c != '>' || (in_tag && !in_quotes));
		if (c == '>')
			in_tag = false;
		if (c == '&')
			assert_true(strcspn(p, ";") <= 5);
	}
	assert_false(in_tag);
}

static void junit_keeps_hostile_names_in_their_place(void **state)
{
	const char *text, *name = "a&quot;&lt;&amp;&gt;'%,;{}\\x";

	(void)state;
	hostile_run();
	text = exported("junit");
	assert_xml(text);
	assert_contains(text, arena_fmt(&arena, " name=\"%s&#10;red\xee\xbf\xbf\"", name));
	assert_contains(text, "]]&gt;\n");
	assert_contains(text, arena_fmt(&arena, "warning: %s\nred", name));
	small_run();
	assert_xml(exported("junit"));
}

/* --- Prometheus */

#define OF "{pipeline=\"subtitles\",restage_job=\"talk\""

/* Behind each line of help stands the type, which is always the same. */
static void prometheus_has_metrics_of_the_run_and_its_stages(void **state)
{
	static const char *const lines[] = {
		"# HELP restage_run_info The run that these metrics tell of.",
		"restage_run_info" OF
		",run=\"20251127_140915\",outcome=\"failed\",version=\"1.0\"} 1",
		"# HELP restage_run_success Whether the run ended well.",
		"restage_run_success" OF "} 0",
		"# HELP restage_run_start_time_seconds When the run began, as Unix time.",
		"restage_run_start_time_seconds" OF "} 1764252555",
		"# HELP restage_run_duration_seconds How long the run took, so far if it goes on.",
		"restage_run_duration_seconds" OF "} 4.500000",
		"# HELP restage_run_stages Stages by what came of them in the run.",
		"restage_run_stages" OF ",state=\"ran\"} 2",
		"restage_run_stages" OF ",state=\"fresh\"} 1",
		"restage_run_stages" OF ",state=\"skipped\"} 1",
		"restage_run_stages" OF ",state=\"failed\"} 1",
		"restage_run_stages" OF ",state=\"blocked\"} 1",
		"restage_run_stages" OF ",state=\"interrupted\"} 0",
		"restage_run_stages" OF ",state=\"allowed_failures\"} 0",
		"# HELP restage_run_cpu_seconds CPU time of the stages that ran.",
		"restage_run_cpu_seconds" OF "} 1.250000",
		"# HELP restage_run_saved_seconds What the stages that were up to date took "
		"when they last ran.",
		"restage_run_saved_seconds" OF "} 8",
		"# HELP restage_run_cost Cost of the run by currency.",
		"restage_run_cost" OF "} 0.250000",
		"# HELP restage_stage_state What came of the stage in this run, 1 for the state "
		"it is in.",
		"restage_stage_state" OF ",stage=\"words\",state=\"up_to_date\"} 1",
		"restage_stage_state" OF ",stage=\"extra\",state=\"skipped\"} 1",
		"restage_stage_state" OF ",stage=\"demux\",state=\"done\"} 1",
		"restage_stage_state" OF ",stage=\"asr\",state=\"failed\"} 1",
		"restage_stage_state" OF ",stage=\"mux\",state=\"blocked\"} 1",
		"# HELP restage_stage_duration_seconds How long the last attempt took, so far "
		"if it goes on.",
		"restage_stage_duration_seconds" OF ",stage=\"demux\"} 1.500000",
		"restage_stage_duration_seconds" OF ",stage=\"asr\"} 1.500000",
		"# HELP restage_stage_attempts Attempts in this run.",
		"restage_stage_attempts" OF ",stage=\"demux\"} 1",
		"restage_stage_attempts" OF ",stage=\"asr\"} 2",
		"# HELP restage_stage_exit_code Exit code of the last attempt.",
		"restage_stage_exit_code" OF ",stage=\"demux\"} 0",
		"restage_stage_exit_code" OF ",stage=\"asr\"} 1",
		"# HELP restage_stage_cpu_seconds CPU time of the last attempt.",
		"restage_stage_cpu_seconds" OF ",stage=\"demux\"} 1.250000",
		"# HELP restage_stage_memory_bytes Peak memory of all processes of the last "
		"attempt.",
		"restage_stage_memory_bytes" OF ",stage=\"demux\"} 13107200",
		"# HELP restage_stage_input_bytes Size of the inputs of the last attempt.",
		"restage_stage_input_bytes" OF ",stage=\"demux\"} 100",
		"# HELP restage_stage_output_bytes Size of the outputs of the last attempt.",
		"restage_stage_output_bytes" OF ",stage=\"demux\"} 50",
	};
	struct buf want = {0};

	(void)state;
	small_run();
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		buf_fmt(&want, "%s\n", lines[i]);
		if (*lines[i] == '#')
			buf_fmt(&want, "# TYPE %.*s gauge\n", (int)strcspn(lines[i] + 7, " "),
				lines[i] + 7);
	}
	assert_lines(exported("prometheus"), buf_text(&want));
	buf_free(&want);
}

/* Each metric is declared once, just before its series; each line is one or the other. */
static void assert_exposition(const char *text)
{
	char metric[128] = "";
	struct map seen = {0};
	uint32_t count = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		assert_non_null(strchr(line, '\n'));
		if (strncmp(line, "# HELP ", 7) == 0) {
			snprintf(metric, sizeof metric, "%.*s", (int)strcspn(line + 7, " "),
				line + 7);
			assert_int_equal(map_put(&seen, metric, count), count);
			count++;
		} else if (*line == '#') {
			assert_string_equal(arena_strndup(&arena, line, strcspn(line, "\n")),
				arena_fmt(&arena, "# TYPE %s gauge", metric));
		} else {
			assert_string_equal(
				arena_strndup(&arena, line, strcspn(line, "{")), metric);
		}
	}
	map_free(&seen);
}

static void prometheus_declares_each_metric_before_its_series(void **state)
{
	(void)state;
	small_run();
	assert_exposition(exported("prometheus"));
	hostile_run();
	assert_exposition(exported("prometheus"));
}

static void prometheus_knows_when_a_stage_last_succeeded(void **state)
{
	struct record records[5] = {0};

	(void)state;
	small_run();
	records[0].success = (struct record_success){
		.is_known = true, .completed_at = "2025-11-27T14:09:15.5+00:00"};
	records[1].success = (struct record_success){.is_known = true, .completed_at = "yesterday"};
	records[2].success = (struct record_success){.is_known = true};
	records[3].success = (struct record_success){.completed_at = "2025-11-27T14:09:15+00:00"};
	const char *text = exported_as("prometheus", false, records);
	assert_exposition(text);
	assert_int_equal(count_of(text, "\nrestage_stage_last_success_time_seconds{"), 1);
	assert_contains(text, "restage_stage_last_success_time_seconds" OF ","
			      "stage=\"demux\"} 1764252555.500000\n");
}

static void prometheus_escapes_hostile_names(void **state)
{
	(void)state;
	hostile_run();
	assert_contains(
		exported("prometheus"), "stage=\"a\\\"<&>'%,;{}\\\\x\\n\033[31mred\xee\xbf\xbf\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(the_choices_name_the_formats_in_their_order),
		TEST_PAST(every_format_can_tell_of_a_run_that_has_only_begun),
		TEST_PAST(gpus_are_told_where_there_are_some),
		TEST_PAST(csv_has_a_row_an_attempt),
		TEST_PAST(csv_quotes_what_would_break_a_row),
		TEST_PAST(csv_leaves_empty_what_is_not_known),
		TEST_PAST(an_attempt_has_one_of_five_states),
		TEST_PAST(junit_has_a_case_a_stage),
		TEST_PAST(junit_tells_what_is_nobodys_fault),
		TEST_PAST(junit_puts_instances_under_their_stage),
		TEST_PAST(junit_lists_all_stages_of_a_run_in_which_nothing_ran),
		TEST_PAST(junit_keeps_hostile_names_in_their_place),
		TEST_PAST(prometheus_has_metrics_of_the_run_and_its_stages),
		TEST_PAST(prometheus_declares_each_metric_before_its_series),
		TEST_PAST(prometheus_knows_when_a_stage_last_succeeded),
		TEST_PAST(prometheus_escapes_hostile_names),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

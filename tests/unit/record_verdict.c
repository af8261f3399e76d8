/* Is a stage up to date, and if not, why: what its past says against what there is now. */
#include "record_verdict_test.h"

/* --- what never ran, and what is the same */

static void a_stage_without_a_manifest_never_ran(void **state)
{
	(void)state;
	copied("");
	assert_int_equal(unlink(manifest_path("a")), 0);
	assert_runs("a", "never_ran", "it never ran");
}

static void the_same_is_up_to_date(void **state)
{
	(void)state;
	copied("");
	assert_up_to_date("a");
}

static void touched_but_same_content_does_not_run(void **state)
{
	(void)state;
	copied("");
	set_time("in", 1700000000);
	set_time("out/p/01_a/o", 1700000000);
	assert_up_to_date("a");
}

static void words_about_a_stage_are_no_reason(void **state)
{
	(void)state;
	copied("");
	becomes(COPY
		"description = Copies\ninput.i.type = text\noutput.o.format = plain\nthreads = 2\n"
		"retries = 3\ntimeout = 5m\n");
	assert_up_to_date("a");
}

static void a_disabled_stage_is_up_to_date(void **state)
{
	(void)state;
	copied("");
	becomes(COPY "enabled = no\n");
	write_file("in", "two");
	assert_int_equal(unlink("out/p/01_a/o"), 0);
	assert_up_to_date("a");
	assert_string_equal(judge_with("a", (struct asked){.is_forced = true}), "");
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}), "");
}

static void a_stage_that_is_asked_for_runs(void **state)
{
	(void)state;
	copied("");
	assert_string_equal(judge_with("a", (struct asked){.is_forced = true}), "forced");
	assert_string_equal(messages, "asked for");
	write_file("in", "two");
	assert_string_equal(
		judge_with("a", (struct asked){.is_forced = true}), "forced; input_changed in");
	assert_int_equal(unlink(manifest_path("a")), 0);
	assert_string_equal(
		judge_with("a", (struct asked){.is_forced = true}), "never_ran; forced");
}

/* --- names of reasons */

static const char *const reason_names[] = {"never_ran", "failed_before", "interrupted",
	"manifest_unreadable", "forced", "config_changed", "env_changed", "version_changed",
	"container_changed", "command_changed", "definition_changed", "input_added",
	"input_removed", "input_changed", "upstream_ran", "output_missing", "output_changed",
	"format_changed"};

static void each_reason_has_a_name_that_leads_back_to_it(void **state)
{
	enum reason_code code = REASON_COUNT;

	(void)state;
	assert_int_equal(REASON_COUNT, sizeof reason_names / sizeof *reason_names);
	for (int i = 0; i < REASON_COUNT; i++) {
		assert_string_equal(reason_name((enum reason_code)i), reason_names[i]);
		assert_true(reason_parse(reason_names[i], &code));
		assert_int_equal(code, i);
	}
	assert_false(reason_parse("never", &code));
	assert_false(reason_parse("", &code));
	assert_false(reason_parse("Forced", &code));
}

/* Everything about the stage is other than it was: all of it is told, in one order. */
static void all_reasons_are_told_in_their_order(void **state)
{
	static const char *const old_versions[] = {"tool 1\nbuilt here"};
	static const char *const new_versions[] = {"tool 2\nthere"};

	(void)state;
	write_file("in", "one");
	write_file("gone", "x");
	load_good("[stage:m]\ncommand = true\noutput.o = m\n"
		  "[stage:a]\ncommand = work {{config.k}} {{input.i}} {{input.g}} {{input.m}}\n"
		  "input.i = in\ninput.g = gone\ninput.m = {{m.o}}\noutput.o = o\noutput.q = q\n"
		  "config.k = 1\nenv.V = 1\nversion.tool = tool\n");
	write_file("out/p/01_m/m", "one");
	write_file("out/p/02_a/o", "one");
	write_file("out/p/02_a/q", "one");
	write_past("a", (struct past){.versions = old_versions});
	became("a", "failed", ", \"exit_code\": 3");
	write_file("new", "x");
	becomes("[stage:m]\ncommand = true\noutput.o = m\n"
		"[stage:a]\ncommand = work {{config.k}} {{input.i}} {{input.n}} {{input.m}}\n"
		"input.i = in\ninput.n = new\ninput.m = {{m.o}}\noutput.o = o\noutput.q = q\n"
		"output.r = r\n"
		"config.k = 2\nenv.V = 2\nversion.tool = tool\n");
	write_file("in", "two");
	write_file("out/p/01_m/m", "two");
	write_file("out/p/02_a/o", "two");
	assert_int_equal(unlink("out/p/02_a/q"), 0);
	assert_string_equal(
		judge_with("a",
			(struct asked){.versions = new_versions, .ran = "m", .is_forced = true}),
		"failed_before; forced; config_changed k; env_changed V; version_changed tool; "
		"command_changed; input_added new; input_removed gone; "
		"input_changed in; upstream_ran out/p/01_m/m; output_missing out/p/02_a/q; "
		"output_missing out/p/02_a/r; output_changed out/p/02_a/o");
	assert_string_equal(messages,
		"the last attempt failed (exit code 3)\n"
		"asked for\n"
		"config k changed from '1' to '2'\n"
		"variable V changed\n"
		"version of tool changed from 'tool 1' to 'tool 2'\n"
		"the command changed from 'work 1 in gone out/p/01_m/m' to 'work 2 in new "
		"out/p/01_m/m'\n"
		"input new is new\n"
		"input gone is no longer one\n"
		"input in changed\n"
		"stage m ran and out/p/01_m/m changed\n"
		"output out/p/02_a/q is missing\n"
		"output out/p/02_a/r was not made yet\n"
		"output out/p/02_a/o is not what the stage made");
}

static void at_most_a_thousand_reasons_of_one_kind_are_told(void **state)
{
	uint32_t changed = 0;

	(void)state;
	for (int i = 0; i < 1003; i++)
		write_file(arena_fmt(&arena, "in/%04d", i), "one");
	load_good("[stage:a]\ncommand = cat {{input.i}} > {{output.o}}\ninput.i = in/*\n"
		  "output.o = o\nenv.V = 1\n");
	write_file("out/p/01_a/o", "one");
	succeeded("a");
	for (int i = 0; i < 1003; i++)
		write_file(arena_fmt(&arena, "in/%04d", i), "two");
	write_file("out/p/01_a/o", "two");
	becomes("[stage:a]\ncommand = cat {{input.i}} > {{output.o}}\ninput.i = in/*\n"
		"output.o = o\nenv.V = 2\n");
	judge_stage("a");
	for (uint32_t i = 0; i < verdict.reason_count; i++)
		changed += verdict.reasons[i].code == REASON_INPUT_CHANGED;
	assert_int_equal(changed, 1000);
	assert_int_equal(verdict.reason_count, 1002);
	assert_int_equal(verdict.reasons[0].code, REASON_ENV_CHANGED);
	assert_string_equal(verdict.reasons[1].about, "in/0000");
	assert_string_equal(verdict.reasons[1000].about, "in/0999");
	assert_int_equal(verdict.reasons[1001].code, REASON_OUTPUT_CHANGED);
}

/* --- config, variables, versions, the command */

static void each_changed_config_value_is_named(void **state)
{
	(void)state;
	copied("config.same = x\nconfig.old = a\nconfig.gone = b\n");
	becomes(COPY "config.new = c\nconfig.same = x\nconfig.old = d\n");
	assert_runs("a", "config_changed new; config_changed old; config_changed gone",
		"config new is new: 'c'\n"
		"config old changed from 'a' to 'd'\n"
		"config gone is gone (it was 'b')");
}

static void a_config_that_is_put_back_is_no_reason(void **state)
{
	(void)state;
	copied("config.k = 1\n");
	becomes(COPY "config.k = 2\n");
	assert_string_equal(judge_stage("a"), "config_changed k");
	becomes(COPY "config.k = 1\n");
	assert_up_to_date("a");
}

/* What the stage said of itself stands beside what was declared, and is no part of the identity. */
static void a_config_that_only_the_stage_reported_does_not_count(void **state)
{
	(void)state;
	copied("config.k = 1\n");
	edit_manifest("a", "\"config\": {",
		"\"reported_config\": [\"said\"], \"config\": {\"said\": 7, ");
	assert_up_to_date("a");
	becomes(COPY "config.k = 2\n");
	assert_string_equal(judge_stage("a"), "config_changed k");
}

/* The identity differs and the values do not: told without a name. */
static void a_config_that_differs_in_nothing_to_show_is_still_told(void **state)
{
	(void)state;
	copied("config.k = 1\n");
	edit_manifest("a", "\"config\": \"xxh3-128:",
		"\"config\": \"xxh3-128:0123456789abcdef0123456789abcdef\", \"was\": \"");
	assert_runs("a", "config_changed", "config changed");
}

static void each_changed_variable_is_named_without_its_value(void **state)
{
	(void)state;
	copied("env.SAME = x\nenv.OLD = secret1\nenv.GONE = secret2\n");
	becomes(COPY "env.SAME = x\nenv.OLD = secret3\nenv.NEW = secret4\n");
	assert_runs("a", "env_changed OLD; env_changed NEW; env_changed GONE",
		"variable OLD changed\nvariable NEW is new\nvariable GONE is gone");
}

static void an_inherited_variable_counts_with_its_value(void **state)
{
	(void)state;
	setenv("RESTAGE_TEST_A", "1", 1);
	unsetenv("RESTAGE_TEST_B");
	copied("pass_env = RESTAGE_TEST_A, RESTAGE_TEST_B\n");
	assert_up_to_date("a");
	setenv("RESTAGE_TEST_A", "2", 1);
	assert_runs("a", "env_changed RESTAGE_TEST_A", "variable RESTAGE_TEST_A changed");
	setenv("RESTAGE_TEST_A", "1", 1);
	setenv("RESTAGE_TEST_B", "", 1); /* set and empty is not unset */
	assert_runs("a", "env_changed RESTAGE_TEST_B", "variable RESTAGE_TEST_B changed");
	unsetenv("RESTAGE_TEST_B");
	assert_up_to_date("a");
	becomes(COPY "pass_env = RESTAGE_TEST_A\n");
	assert_runs("a", "env_changed RESTAGE_TEST_B", "variable RESTAGE_TEST_B is gone");
	becomes(COPY "pass_env = RESTAGE_TEST_B, RESTAGE_TEST_A\n");
	assert_runs("a", "env_changed", "environment changed");
}

#define TWO_TOOLS "version.cc = cc --version\nversion.ld = ld --version\n"

static void a_version_counts_where_it_was_asked(void **state)
{
	static const char *const old[] = {"cc 1\nlong", "ld 1"};
	static const char *const new[] = {"cc 1\nother", "ld 2"};

	(void)state;
	copied(TWO_TOOLS);
	write_past("a", (struct past){.versions = old});
	assert_string_equal(judge_with("a", (struct asked){.versions = old}), "");
	/* Nobody asked: what was recorded stands. */
	assert_up_to_date("a");
	assert_string_equal(judge_with("a", (struct asked){.versions = new}),
		"version_changed cc; version_changed ld");
	assert_string_equal(messages, "version of cc changed from 'cc 1' to 'cc 1'\n"
				      "version of ld changed from 'ld 1' to 'ld 2'");
}

static void a_version_that_was_not_asked_before_is_told(void **state)
{
	static const char *const now[] = {"cc 1", "ld 1"};

	(void)state;
	copied("version.ld = ld --version\n");
	write_past("a", (struct past){.versions = now + 1});
	becomes(COPY TWO_TOOLS);
	assert_string_equal(judge_with("a", (struct asked){.versions = now}), "version_changed cc");
	assert_string_equal(messages, "version of cc is recorded from now on");
}

static void a_version_that_is_asked_no_more_is_told(void **state)
{
	static const char *const old[] = {"cc 1", "ld 1"};

	(void)state;
	copied(TWO_TOOLS);
	write_past("a", (struct past){.versions = old});
	becomes(COPY "version.cc = cc --version\n");
	assert_string_equal(judge_with("a", (struct asked){.versions = old}), "version_changed ld");
	assert_string_equal(messages, "version of ld is no longer recorded");
	/* Without any version there is nothing to ask for, and so nothing that could be unknown. */
	becomes(COPY);
	assert_runs("a", "version_changed cc; version_changed ld",
		"version of cc is no longer recorded\nversion of ld is no longer recorded");
}

static void a_short_command_is_shown_whole(void **state)
{
	(void)state;
	copied("");
	becomes("[stage:a]\ncommand = cp -p {{input.i}} {{output.o}}\ninput.i = in\n"
		"output.o = o\n");
	assert_runs("a", "command_changed",
		"the command changed from 'cp in out/p/01_a/o' to 'cp -p in out/p/01_a/o'");
}

static void of_a_long_command_the_part_that_differs_is_shown(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = program --first-option first --second-option second "
		  "--rate 16000 --third-option third --fourth-option fourth\n");
	succeeded("a");
	becomes("[stage:a]\ncommand = program --first-option first --second-option second "
		"--rate 8000 --third-option third --fourth-option fourth\n");
	assert_runs("a", "command_changed",
		"the command changed from '... --second-option second --rate 16000 "
		"--third-option third ...' to '... --second-option second --rate 8000 "
		"--third-option third ...'");
}

static void a_cut_command_is_cut_between_characters(void **state)
{
	struct buf text = {0};
	const char *end;

	(void)state;
	load_good("[stage:a]\ncommand = echo\n");
	succeeded("a");
	buf_str(&text, "[stage:a]\ncommand = echo x");
	for (int i = 0; i < 100; i++)
		buf_str(&text, "\xc3\xa4"); /* two bytes each: 120 bytes end within one */
	buf_char(&text, '\n');
	becomes(buf_text(&text));
	buf_free(&text);
	assert_string_equal(judge_stage("a"), "command_changed");
	end = strstr(messages, "\xa4 ...'");
	assert_non_null(end);
	assert_int_equal(end[-1], '\xc3');
}

static void another_shell_for_the_same_command_is_told(void **state)
{
	(void)state;
	copied("");
	becomes(COPY "shell = sh -x\n");
	assert_runs("a", "command_changed", "the command changed");
}

static void a_command_that_was_not_recorded_is_told_without_it(void **state)
{
	(void)state;
	copied("");
	edit_manifest("a", "\"command\": \"cp in out/p/01_a/o\"", "\"other\": 1");
	assert_up_to_date("a");
	becomes("[stage:a]\ncommand = cp -p {{input.i}} {{output.o}}\ninput.i = in\n"
		"output.o = o\n");
	assert_runs("a", "command_changed", "the command changed");
}

/* --- what other stages made */

#define CHAIN \
	"[stage:m]\ncommand = true\noutput.o = o\n[stage:a]\ncommand = cat {{input.i}}\n" \
	"input.i = {{m.o}}\n"

static void what_a_stage_made_in_this_run_is_told_as_its_doing(void **state)
{
	const struct asked ran = {.ran = "m"};

	(void)state;
	load_good(CHAIN);
	write_file("out/p/01_m/o", "one");
	succeeded("a");
	/* It ran, and its output came out the same. */
	set_time("out/p/01_m/o", 1700000000);
	assert_string_equal(judge_with("a", ran), "");
	write_file("out/p/01_m/o", "two");
	assert_string_equal(judge_with("a", ran), "upstream_ran out/p/01_m/o");
	assert_string_equal(messages, "stage m ran and out/p/01_m/o changed");
	assert_runs("a", "input_changed out/p/01_m/o", "input out/p/01_m/o changed");
	assert_int_equal(unlink("out/p/01_m/o"), 0);
	assert_string_equal(judge_with("a", ran), "upstream_ran out/p/01_m/o");
	assert_string_equal(messages, "stage m ran and out/p/01_m/o is gone");
}

static void a_reported_input_that_a_stage_made_is_told_as_its_doing_too(void **state)
{
	struct past past = {0};

	(void)state;
	load_good(
		"[stage:m]\ncommand = true\noutput.o = o\n[stage:a]\ncommand = work\nafter = m\n");
	write_file("out/p/01_m/o", "one");
	past.inputs = entry_of("out/p/01_m/o", TRACK_CONTENT, ", \"origin\": \"reported\"");
	write_past("a", past);
	write_file("out/p/01_m/o", "two");
	assert_string_equal(
		judge_with("a", (struct asked){.ran = "m"}), "upstream_ran out/p/01_m/o");
	assert_string_equal(judge_stage("a"), "input_changed out/p/01_m/o");
}

/* --- what came of the last attempt */

static void a_first_attempt_that_failed_is_tried_again(void **state)
{
	(void)state;
	load_good(COPY "input.i.optional = yes\n");
	became("a", "failed", ", \"exit_code\": 3");
	assert_runs("a", "failed_before", "the last attempt failed (exit code 3)");
	became("a", "failed", ", \"exit_code\": null, \"signal\": 9");
	assert_runs("a", "failed_before", "the last attempt failed");
	became("a", "failed", ", \"exit_code\": null, \"interrupted\": true");
	assert_runs("a", "interrupted", "the last attempt was interrupted");
	became("a", "running", "");
	assert_runs("a", "interrupted", "the last attempt was interrupted");
	became("a", "skipped", ", \"reason\": \"disabled\"");
	assert_runs("a", "never_ran", "it never ran");
}

static void a_work_directory_without_an_owner_is_an_interrupted_attempt(void **state)
{
	(void)state;
	copied("");
	assert_int_equal(unlink(manifest_path("a")), 0);
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}), "interrupted");
	succeeded("a");
	write_file("in", "two");
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}),
		"interrupted; input_changed in");
}

/* Whatever came of the last attempt: with everything as at the last success it need not run. */
static void what_is_as_at_the_last_success_is_up_to_date(void **state)
{
	static const struct {
		const char *status, *members, *reason;
	} attempts[] = {
		{"failed", ", \"exit_code\": 3", "failed_before"},
		{"failed", ", \"interrupted\": true", "interrupted"},
		{"running", "", "interrupted"},
		{"skipped", ", \"reason\": \"disabled\"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		copied("");
		became("a", attempts[i].status, attempts[i].members);
		assert_up_to_date("a");
		write_file("in", "two");
		assert_string_equal(judge_stage("a"),
			attempts[i].reason
				? arena_fmt(&arena, "%s; input_changed in", attempts[i].reason)
				: "input_changed in");
	}
	copied("");
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}), "");
}

static void a_manifest_that_cannot_be_used_is_told(void **state)
{
	(void)state;
	copied("");
	write_file(manifest_path("a"), "{");
	assert_string_equal(judge_stage("a"), "manifest_unreadable manifest.json");
	assert_memory_equal(messages, "manifest cannot be used: line 1: ", 33);
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}),
		"manifest_unreadable manifest.json");
	copied("");
	edit_manifest("a", "manifest/1", "manifest/2");
	assert_runs("a", "manifest_unreadable manifest.json",
		"manifest cannot be used: its schema is 'restage.manifest/2', "
		"this program reads restage.manifest/1");
}

/* A stage that said itself that it had nothing to do need not have made anything. */
static void a_stage_that_skipped_itself_need_not_have_its_outputs(void **state)
{
	(void)state;
	write_file("in", "one");
	load_good(COPY);
	write_past(
		"a", (struct past){.status = "skipped", .members = ", \"reason\": \"no audio\""});
	edit_manifest("a",
		arena_fmt(&arena, "\"outputs\": [%s]", entry_of("out/p/01_a/o", TRACK_CONTENT, "")),
		"\"outputs\": []");
	assert_up_to_date("a");
	write_file("in", "two");
	assert_string_equal(judge_stage("a"), "input_changed in");
	write_file("in", "one");
	/* Of a success the same list is one that lacks an output. */
	edit_manifest("a", "\"status\": \"skipped\"", "\"status\": \"success\"");
	assert_runs("a", "output_missing out/p/01_a/o", "output out/p/01_a/o was not made yet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(a_stage_without_a_manifest_never_ran),
		TEST_PAST(the_same_is_up_to_date),
		TEST_PAST(touched_but_same_content_does_not_run),
		TEST_PAST(words_about_a_stage_are_no_reason),
		TEST_PAST(a_disabled_stage_is_up_to_date),
		TEST_PAST(a_stage_that_is_asked_for_runs),
		TEST_PAST(each_reason_has_a_name_that_leads_back_to_it),
		TEST_PAST(all_reasons_are_told_in_their_order),
		TEST_PAST(at_most_a_thousand_reasons_of_one_kind_are_told),
		TEST_PAST(each_changed_config_value_is_named),
		TEST_PAST(a_config_that_is_put_back_is_no_reason),
		TEST_PAST(a_config_that_only_the_stage_reported_does_not_count),
		TEST_PAST(a_config_that_differs_in_nothing_to_show_is_still_told),
		TEST_PAST(each_changed_variable_is_named_without_its_value),
		TEST_PAST(an_inherited_variable_counts_with_its_value),
		TEST_PAST(a_version_counts_where_it_was_asked),
		TEST_PAST(a_version_that_was_not_asked_before_is_told),
		TEST_PAST(a_version_that_is_asked_no_more_is_told),
		TEST_PAST(a_short_command_is_shown_whole),
		TEST_PAST(of_a_long_command_the_part_that_differs_is_shown),
		TEST_PAST(a_cut_command_is_cut_between_characters),
		TEST_PAST(another_shell_for_the_same_command_is_told),
		TEST_PAST(a_command_that_was_not_recorded_is_told_without_it),
		TEST_PAST(what_a_stage_made_in_this_run_is_told_as_its_doing),
		TEST_PAST(a_reported_input_that_a_stage_made_is_told_as_its_doing_too),
		TEST_PAST(a_first_attempt_that_failed_is_tried_again),
		TEST_PAST(a_work_directory_without_an_owner_is_an_interrupted_attempt),
		TEST_PAST(what_is_as_at_the_last_success_is_up_to_date),
		TEST_PAST(a_manifest_that_cannot_be_used_is_told),
		TEST_PAST(a_stage_that_skipped_itself_need_not_have_its_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

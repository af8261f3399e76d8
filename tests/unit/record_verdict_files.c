/* The files of a stage: which they are, and each by the way in which it is tracked. */
#include "record_verdict_test.h"

/* --- the set of files */

static void inputs_that_come_and_go_are_named(void **state)
{
	(void)state;
	write_file("in/1", "x");
	write_file("in/2", "x");
	load_good("[stage:a]\ncommand = cat {{input.i}}\ninput.i = in/*\n");
	succeeded("a");
	assert_up_to_date("a");
	write_file("in/3", "x");
	assert_int_equal(unlink("in/1"), 0);
	becomes("[stage:a]\ncommand = cat {{input.i}}\ninput.i = in/*\n");
	assert_runs("a", "input_added in/3; input_removed in/1",
		"input in/3 is new\ninput in/1 is no longer one");
	/* One more at the end leaves those before it in their places. */
	write_file("in/1", "x");
	becomes("[stage:a]\ncommand = cat {{input.i}}\ninput.i = in/*\n");
	assert_string_equal(judge_stage("a"), "input_added in/3");
	assert_int_equal(unlink("in/3"), 0);
	becomes("[stage:a]\ncommand = cat {{input.i}}\ninput.i = in/*\n");
	assert_up_to_date("a");
}

static void a_file_that_stays_is_compared_though_others_come(void **state)
{
	(void)state;
	write_file("in/2", "one");
	load_good("[stage:a]\ncommand = cat {{input.i}}\ninput.i = in/*\n");
	succeeded("a");
	write_file("in/1", "x");
	write_file("in/2", "two");
	becomes("[stage:a]\ncommand = cat {{input.i}}\ninput.i = in/*\n");
	assert_string_equal(judge_stage("a"), "input_added in/1; input_changed in/2");
}

/* Its key says that the inputs are the same, and its list lacks one: it was tampered with. */
static void an_input_that_the_manifest_does_not_list_is_new(void **state)
{
	(void)state;
	copied("");
	edit_manifest("a", arena_fmt(&arena, "\"inputs\": [%s]", entry_of("in", TRACK_CONTENT, "")),
		"\"inputs\": []");
	assert_runs("a", "input_added in", "input in is new");
}

static void other_labels_or_another_order_are_told(void **state)
{
	const char *sentence = "labels or order of its inputs changed";

	(void)state;
	write_file("x", "one");
	write_file("y", "one");
	load_good("[stage:a]\ncommand = cat {{input.i}} {{input.j}}\ninput.i = x\ninput.j = y\n");
	succeeded("a");
	becomes("[stage:a]\ncommand = cat {{input.i}} {{input.j}}\ninput.i = y\ninput.j = x\n");
	assert_runs("a", "definition_changed", sentence);
	load_good("[stage:a]\ncommand = cat {{input.i}}\ninput.i =\n    x\n    y\n");
	succeeded("a");
	becomes("[stage:a]\ncommand = cat {{input.i}}\ninput.i =\n    y\n    x\n");
	assert_runs("a", "definition_changed", sentence);
	/* What changed beside is the better reason. */
	write_file("x", "two");
	assert_string_equal(judge_stage("a"), "input_changed x");
}

static void another_way_of_tracking_is_one_reason(void **state)
{
	const char *sentence =
		"the definition of its outputs, or how its files are tracked, changed";

	(void)state;
	copied("");
	becomes(COPY "input.i.track = time\n");
	write_file("in", "two");
	set_time("in", 1700000000);
	assert_runs("a", "definition_changed", sentence);
	copied("");
	becomes(COPY "output.o.track = exists\n");
	write_file("out/p/01_a/o", "two");
	assert_runs("a", "definition_changed", sentence);
	/* Nor is a file that is gone told beside it. */
	assert_int_equal(unlink("out/p/01_a/o"), 0);
	assert_runs("a", "definition_changed", sentence);
}

static void an_output_that_is_new_was_not_made_yet(void **state)
{
	(void)state;
	copied("");
	becomes(COPY "output.p = p\n");
	write_file("out/p/01_a/p", "mine");
	assert_runs("a", "definition_changed; output_missing out/p/01_a/p",
		"the definition of its outputs, or how its files are tracked, changed\n"
		"output out/p/01_a/p was not made yet");
	becomes(COPY "output.p = p\noutput.p.optional = yes\n");
	assert_string_equal(judge_stage("a"), "definition_changed");
}

static void an_output_that_is_declared_no_more_does_not_count(void **state)
{
	(void)state;
	copied("output.p = p\n");
	write_file("out/p/01_a/p", "x");
	succeeded("a");
	becomes(COPY);
	assert_int_equal(unlink("out/p/01_a/p"), 0);
	assert_string_equal(judge_stage("a"), "definition_changed");
}

static void intermediates_are_not_compared(void **state)
{
	(void)state;
	copied("intermediate.t = t\n");
	write_file("out/p/01_a/t", "x");
	succeeded("a");
	write_file("out/p/01_a/t", "y");
	assert_up_to_date("a");
	assert_int_equal(unlink("out/p/01_a/t"), 0);
	assert_up_to_date("a");
}

static void what_has_to_exist_counts_by_its_time_after_a_failure(void **state)
{
	static const char *const ends[] = {"failed", "running"};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		copied("output.o.track = exists\noutput.o.update = yes\n");
		succeeded("a");
		became("a", ends[i], ", \"exit_code\": 1");
		assert_up_to_date("a");
		set_time("out/p/01_a/o", 1700000000);
		assert_string_equal(
			judge_stage("a"), i ? "interrupted; output_changed out/p/01_a/o"
					    : "failed_before; output_changed out/p/01_a/o");
		succeeded("a");
		set_time("out/p/01_a/o", 1800000000);
		assert_up_to_date("a");
	}
}

static void what_has_to_exist_counts_by_its_time_after_an_interruption(void **state)
{
	(void)state;
	copied("output.o.track = exists\n");
	succeeded("a");
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}), "");
	set_time("out/p/01_a/o", 1700000000);
	assert_string_equal(judge_with("a", (struct asked){.is_interrupted = true}),
		"interrupted; output_changed out/p/01_a/o");
	assert_up_to_date("a");
}

#define READS(what) "[stage:b]\ncommand = work\n" what

static void an_intermediate_that_another_stage_reads_counts_like_an_output(void **state)
{
	static const char *const readers[] = {
		READS("input.t = {{a.t}}\n"),
		READS("input.t = out/p/01_a/t\ninput.t.optional = yes\n"),
		READS("input.d = out/p/01_a\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		copied(arena_fmt(&arena, "intermediate.t = t\n%s", readers[i]));
		write_file("out/p/01_a/t", "x");
		succeeded("a");
		assert_up_to_date("a");
		write_file("out/p/01_a/t", "y");
		assert_runs("a", "output_changed out/p/01_a/t",
			"output out/p/01_a/t is not what the stage made");
		assert_int_equal(unlink("out/p/01_a/t"), 0);
		assert_runs("a", "output_missing out/p/01_a/t", "output out/p/01_a/t is missing");
	}
	/* In one that is a directory. */
	copied("intermediate.t = t\n" READS("input.t = out/p/01_a/t/x\n"));
	assert_int_equal(mkdir("out/p/01_a/t", 0777), 0);
	write_file("out/p/01_a/t/x", "x");
	succeeded("a");
	write_file("out/p/01_a/t/x", "y");
	assert_string_equal(judge_stage("a"), "output_changed out/p/01_a/t");
}

static void an_intermediate_that_nobody_uses_does_not_count(void **state)
{
	static const char *const others[] = {
		READS("after = a\n"),
		READS("input.t = {{a.t}}\nenabled = no\n"),
		READS("input.t = {{a.o}}\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		copied(arena_fmt(&arena, "intermediate.t = t\n%s", others[i]));
		write_file("out/p/01_a/t", "x");
		succeeded("a");
		write_file("out/p/01_a/t", "y");
		assert_up_to_date("a");
		assert_int_equal(unlink("out/p/01_a/t"), 0);
		assert_up_to_date("a");
	}
}

/* --- each file by its way of tracking */

enum place {
	INPUT,
	DEPFILE,
	REPORTED_INPUT,
	OUTPUT,
	REPORTED_OUTPUT,
	OPTIONAL_INPUT,
	OPTIONAL_OUTPUT,
};

enum change {
	SAME,
	TOUCHED,   /* another time */
	REWRITTEN, /* another content of the same size, at the same time */
	CHANGED,   /* another content, another time */
	GONE,
	APPEARED,    /* it was not there when the stage ran */
	STAYED_AWAY, /* nor is it now */
	CHANGES,
};

static const char *const track_names[] = {"content", "time", "exists"};

static bool is_output(enum place place)
{
	return place == OUTPUT || place == REPORTED_OUTPUT || place == OPTIONAL_OUTPUT;
}

/* A stage whose only file of interest is at `place`; gives that file's path. */
static const char *file_at(enum place place, enum file_track track)
{
	const char *what = is_output(place) ? "output" : "input";
	const char *optional = place == OPTIONAL_INPUT || place == OPTIONAL_OUTPUT ? "yes" : "no";

	if (place == DEPFILE || place == REPORTED_INPUT || place == REPORTED_OUTPUT) {
		load_good("[stage:a]\ncommand = work\n");
		return is_output(place) ? "out/p/01_a/file" : "file";
	}
	load_good(arena_fmt(&arena,
		"[stage:a]\ncommand = work\n%s.f = file\n%s.f.track = %s\n%s.f.optional = %s\n",
		what, what, track_names[track], what, optional));
	return is_output(place) ? "out/p/01_a/file" : "file";
}

static void write_past_with(enum place place, enum file_track track, const char *path)
{
	struct past past = {0};

	if (place == DEPFILE)
		past.inputs = entry_of(path, track, ", \"origin\": \"depfile\"");
	else if (place == REPORTED_INPUT)
		past.inputs = entry_of(path, track, ", \"origin\": \"reported\"");
	else if (place == REPORTED_OUTPUT)
		past.outputs = entry_of(path, track, ", \"origin\": \"reported\"");
	write_past("a", past);
}

static const char *after_change(enum place place, enum file_track track, enum change change)
{
	const char *path;

	write_file("file", "old"); /* so that an input is there when the definition is read */
	path = file_at(place, track);
	if (change == APPEARED || change == STAYED_AWAY)
		unlink(path);
	else
		write_file(path, "old");
	write_past_with(place, track, path);
	if (change == GONE)
		assert_int_equal(unlink(path), 0);
	else if (change == REWRITTEN || change == CHANGED || change == APPEARED)
		write_file(path, "new");
	if (change == TOUCHED || change == CHANGED)
		set_time(path, 1700000000);
	judge_stage("a");
	return verdict.reason_count ? messages : "";
}

static const char *const input_answers[][CHANGES] = {
	[TRACK_CONTENT] = {"", "", "input file changed", "input file changed", "input file is gone",
		"input file is there now", ""},
	[TRACK_TIME] = {"", "input file has another time", "", "input file has another time",
		"input file is gone", "input file is there now", ""},
	[TRACK_EXISTS] = {"", "", "", "", "input file is gone", "input file is there now", ""},
};

#define MADE "output out/p/01_a/file "
static const char *const output_answers[][CHANGES] = {
	[TRACK_CONTENT] = {"", "", MADE "is not what the stage made",
		MADE "is not what the stage made", MADE "is missing", MADE "is there now", ""},
	[TRACK_TIME] = {"", MADE "has another time", "", MADE "has another time", MADE "is missing",
		MADE "is there now", ""},
	[TRACK_EXISTS] = {"", "", "", "", MADE "is missing", MADE "is there now", ""},
};

/* All ways of tracking, all changes; the reason's code is that of the sentence. */
static void check_place(enum place place)
{
	for (int track = TRACK_CONTENT; track <= TRACK_EXISTS; track++) {
		for (int change = SAME; change < CHANGES; change++) {
			const char *want =
				(is_output(place) ? output_answers : input_answers)[track][change];
			const char *got =
				after_change(place, (enum file_track)track, (enum change)change);
			enum reason_code code =
				change == GONE ? REASON_OUTPUT_MISSING : REASON_OUTPUT_CHANGED;

			if (strcmp(got, want) != 0)
				fail_msg("track %s, change %d: '%s' instead of '%s'",
					track_names[track], change, got, want);
			if (*want)
				assert_int_equal(verdict.reasons[0].code,
					is_output(place) ? code : REASON_INPUT_CHANGED);
			assert_true(verdict.reason_count <= 1);
		}
	}
}

static void declared_inputs_are_compared_as_they_are_tracked(void **state)
{
	(void)state;
	check_place(INPUT);
	check_place(OPTIONAL_INPUT);
}

static void entries_of_a_depfile_are_compared_as_they_are_tracked(void **state)
{
	(void)state;
	check_place(DEPFILE);
}

static void reported_inputs_are_compared_as_they_are_tracked(void **state)
{
	(void)state;
	check_place(REPORTED_INPUT);
}

static void declared_outputs_are_compared_as_they_are_tracked(void **state)
{
	(void)state;
	check_place(OUTPUT);
	check_place(OPTIONAL_OUTPUT);
}

static void reported_outputs_are_compared_as_they_are_tracked(void **state)
{
	(void)state;
	check_place(REPORTED_OUTPUT);
}

static void files_that_the_command_names_are_compared_by_content(void **state)
{
	(void)state;
	write_file("work.py", "one");
	load_good("[stage:a]\ncommand = python3 work.py\n");
	succeeded("a");
	assert_string_equal(files_of("a"), "program=work.py");
	assert_up_to_date("a");
	set_time("work.py", 1700000000);
	assert_up_to_date("a");
	write_file("work.py", "two");
	assert_runs("a", "input_changed work.py", "input work.py changed");
	assert_int_equal(unlink("work.py"), 0);
	assert_runs("a", "input_changed work.py", "input work.py is gone");
	/* Read again, the definition has no such file. */
	becomes("[stage:a]\ncommand = python3 work.py\n");
	assert_runs("a", "input_removed work.py", "input work.py is no longer one");
}

static void a_directory_is_compared_at_all_levels(void **state)
{
	(void)state;
	write_file("in/deep/x", "one");
	load_good("[stage:a]\ncommand = work {{input.i}}\ninput.i = in\n");
	succeeded("a");
	set_time("in/deep/x", 1700000000);
	assert_up_to_date("a");
	write_file("in/deep/x", "two");
	assert_runs("a", "input_changed in", "input in changed");
	write_file("in/deep/x", "one");
	write_file("in/y", "");
	assert_string_equal(judge_stage("a"), "input_changed in");
}

static void what_cannot_be_read_is_told(void **state)
{
	(void)state;
	copied("");
	assert_int_equal(unlink("in"), 0);
	assert_int_equal(mkfifo("in", 0600), 0);
	assert_int_equal(unlink("out/p/01_a/o"), 0);
	assert_int_equal(mkfifo("out/p/01_a/o", 0600), 0);
	assert_runs("a", "input_changed in; output_changed out/p/01_a/o",
		"input in cannot be read\noutput out/p/01_a/o cannot be read");
}

static void a_file_without_a_recorded_checksum_is_told(void **state)
{
	(void)state;
	copied("");
	edit_manifest("a", "\"checksum\": \"", "\"checksum\": \"no-");
	assert_runs("a", "input_changed in", "input in has no recorded checksum");
}

static void only_what_is_tracked_by_content_is_read(void **state)
{
	struct past past = {0};

	(void)state;
	write_file("c", "x");
	write_file("t", "x");
	write_file("e", "x");
	write_file("reported", "x");
	write_file("seen", "x");
	load_good("[stage:a]\ncommand = work\ninput.c = c\ninput.t = t\ninput.t.track = time\n"
		  "input.e = e\n"
		  "input.e.track = exists\noutput.o = o\noutput.p = p\noutput.p.track = time\n");
	past.inputs = arena_fmt(&arena, "%s, %s, %s",
		entry_of("reported", TRACK_CONTENT, ", \"origin\": \"reported\""),
		entry_of("seen", TRACK_TIME, ", \"origin\": \"reported\""),
		entry_of("absent", TRACK_CONTENT, ", \"origin\": \"depfile\""));
	write_past("a", past);
	judge_stage("a");
	assert_string_equal(files_read, "c out/p/01_a/o reported ");
}

static void an_input_that_changed_while_the_stage_ran_is_never_up_to_date(void **state)
{
	struct past past = {0};

	(void)state;
	copied("");
	edit_manifest("a", "\"mtime_ns\"", "\"changed_during_run\": true, \"mtime_ns\"");
	assert_runs("a", "input_changed in", "input in changed while the stage ran");
	write_file("in", "two");
	assert_runs("a", "input_changed in", "input in changed while the stage ran");
	write_file("reported", "x");
	copied("");
	past.inputs = entry_of("reported", TRACK_CONTENT,
		", \"origin\": \"reported\", \"changed_during_run\": true");
	write_past("a", past);
	assert_runs("a", "input_changed reported", "input reported changed while the stage ran");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(inputs_that_come_and_go_are_named),
		TEST_PAST(a_file_that_stays_is_compared_though_others_come),
		TEST_PAST(an_input_that_the_manifest_does_not_list_is_new),
		TEST_PAST(other_labels_or_another_order_are_told),
		TEST_PAST(another_way_of_tracking_is_one_reason),
		TEST_PAST(an_output_that_is_new_was_not_made_yet),
		TEST_PAST(an_output_that_is_declared_no_more_does_not_count),
		TEST_PAST(intermediates_are_not_compared),
		TEST_PAST(what_has_to_exist_counts_by_its_time_after_a_failure),
		TEST_PAST(what_has_to_exist_counts_by_its_time_after_an_interruption),
		TEST_PAST(an_intermediate_that_another_stage_reads_counts_like_an_output),
		TEST_PAST(an_intermediate_that_nobody_uses_does_not_count),
		TEST_PAST(declared_inputs_are_compared_as_they_are_tracked),
		TEST_PAST(entries_of_a_depfile_are_compared_as_they_are_tracked),
		TEST_PAST(reported_inputs_are_compared_as_they_are_tracked),
		TEST_PAST(declared_outputs_are_compared_as_they_are_tracked),
		TEST_PAST(reported_outputs_are_compared_as_they_are_tracked),
		TEST_PAST(files_that_the_command_names_are_compared_by_content),
		TEST_PAST(a_directory_is_compared_at_all_levels),
		TEST_PAST(what_cannot_be_read_is_told),
		TEST_PAST(a_file_without_a_recorded_checksum_is_told),
		TEST_PAST(only_what_is_tracked_by_content_is_read),
		TEST_PAST(an_input_that_changed_while_the_stage_ran_is_never_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

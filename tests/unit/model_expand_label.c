#include "model_definition_test.h"

static void the_label_is_the_type_unless_said_otherwise(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\ninput.i = x\noutput.o = y\noutput.o.type = audio\n");
	assert_string_equal(text_of(label_of("a", 0)->name), "i");
	assert_string_equal(text_of(label_of("a", 0)->type), "i");
	assert_string_equal(text_of(label_of("a", 1)->name), "o");
	assert_string_equal(text_of(label_of("a", 1)->type), "audio");
}

static void other_attributes_are_metadata(void **state)
{
	(void)state;
	load_good("[params]\nrate = 16000\n[stage:a]\ncommand = true\noutput.o = y\n"
		  "output.o.sample_rate = {{params.rate}}\noutput.o.format = pcm wav\n"
		  "output.o.reason = because\n");
	assert_string_equal(pairs_of(label_of("a", 0)->meta),
		"sample_rate=16000 format=pcm wav reason=because");
}

static void flags_of_files_are_yes_or_no(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\ninput.i = x\ninput.i.optional = yes\noutput.o = y\n"
		"output.o.update = yes\noutput.o.optional = true\nintermediate.m = z\n"
		"intermediate.m.retained = no\nintermediate.m.reason = Cache\nintermediate.n = n\n");
	assert_int_equal(label_of("a", 0)->flags, LABEL_OPTIONAL);
	assert_int_equal(label_of("a", 1)->flags, LABEL_OPTIONAL | LABEL_UPDATE);
	assert_int_equal(label_of("a", 2)->flags, 0);
	assert_string_equal(text_of(label_of("a", 2)->reason), "Cache");
	assert_int_equal(label_of("a", 3)->flags, LABEL_RETAINED);
	mistake("[stage:a]\ncommand = true\ninput.i = x\ninput.i.optional = maybe\n", 4,
		"'input.i.optional' is 'maybe': it takes yes or no");
}

static void track_is_content_time_or_exists(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\ninput.i = x\ninput.i.track = time\ninput.j = y\n"
		  "input.j.track = exists\ninput.k = z\ninput.k.track = content\n");
	assert_int_equal(label_of("a", 0)->track, TRACK_TIME);
	assert_int_equal(label_of("a", 1)->track, TRACK_EXISTS);
	assert_int_equal(label_of("a", 2)->track, TRACK_CONTENT);
	mistake("[stage:a]\ncommand = true\ninput.i = x\ninput.i.track = tmie\n", 4,
		"it takes content, time or exists; did you mean 'time'?");
}

static void attributes_belong_to_their_role(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\ninput.i = x\ninput.i.update = yes\n", 4,
		"only outputs have 'update'");
	mistake("[stage:a]\ncommand = true\noutput.o = x\noutput.o.retained = no\n", 4,
		"only intermediates have 'retained'");
}

static void attributes_may_stand_before_their_label(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\noutput.o.type = t\noutput.o = x\n");
	assert_string_equal(text_of(label_of("a", 0)->type), "t");
}

static void equal_labels_are_stored_once(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\noutput.o = x\noutput.o.f = 1\n"
		"[stage:b]\ncommand = true\noutput.o = x\noutput.o.f = 1\n"
		"[stage:c]\ncommand = true\noutput.o = x\n[stage:d]\ncommand = true\noutput.o = x\n");
	assert_int_equal(graph->label_count, 2);
}

static void attributes_of_files_with_mistakes_are_checked_too(void **state)
{
	(void)state;
	load("[stage:a]\ncommand = true\noutput.o = ../x\noutput.o.optional = x\n"
	     "input.i = {{z.o}}\ninput.i.track = x\n");
	assert_non_null(strstr(said, "p.ini:3: "));
	assert_non_null(strstr(said, "p.ini:4: "));
	assert_non_null(strstr(said, "p.ini:5: "));
	assert_non_null(strstr(said, "p.ini:6: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(the_label_is_the_type_unless_said_otherwise),
		TEST_DEFINITION(other_attributes_are_metadata),
		TEST_DEFINITION(flags_of_files_are_yes_or_no),
		TEST_DEFINITION(track_is_content_time_or_exists),
		TEST_DEFINITION(attributes_belong_to_their_role),
		TEST_DEFINITION(attributes_may_stand_before_their_label),
		TEST_DEFINITION(equal_labels_are_stored_once),
		TEST_DEFINITION(attributes_of_files_with_mistakes_are_checked_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

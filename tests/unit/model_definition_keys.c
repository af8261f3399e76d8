#include "base_test.h"

#include "base/arena.h"
#include "model/load/definition_keys.h"

static struct arena arena;

static int leave(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static enum def_kind kind_of(const char *key)
{
	struct def_parse parse;

	def_parse_key(&arena, key, &parse);
	return parse.kind;
}

static void single_keys_are_known_by_their_whole_name(void **state)
{
	(void)state;
	assert_int_equal(kind_of("command"), DEF_COMMAND);
	assert_int_equal(kind_of("track_command"), DEF_TRACK_COMMAND);
	assert_int_equal(kind_of("tags"), DEF_SETTING + SETTING_TAGS);
	assert_int_equal(kind_of("Command"), DEF_UNKNOWN);
	assert_int_equal(kind_of("commands"), DEF_UNKNOWN);
	assert_int_equal(kind_of(""), DEF_UNKNOWN);
}

static void a_family_takes_a_name(void **state)
{
	struct def_parse parse;
	(void)state;

	def_parse_key(&arena, "input.video-1_x", &parse);
	assert_int_equal(parse.kind, DEF_INPUT);
	assert_string_equal(parse.name, "video-1_x");
	assert_int_equal(kind_of("config.train.lr"), DEF_CONFIG);
	assert_int_equal(kind_of("env.PATH_2"), DEF_ENV);
	assert_int_equal(kind_of("env.A.B"), DEF_BAD_NAME);
	assert_int_equal(kind_of("version.ffmpeg"), DEF_VERSION);
	assert_int_equal(kind_of("foreach.episode"), DEF_FOREACH);
	assert_int_equal(kind_of("foreach.a.b"), DEF_BAD_NAME);
	assert_int_equal(kind_of("input"), DEF_UNKNOWN);
	assert_int_equal(kind_of("input."), DEF_BAD_NAME);
	assert_int_equal(kind_of("inputs.x"), DEF_UNKNOWN);
}

static void an_attribute_belongs_to_a_label(void **state)
{
	struct def_parse parse;
	(void)state;

	def_parse_key(&arena, "output.audio.sample_rate", &parse);
	assert_int_equal(parse.kind, DEF_ATTRIBUTE);
	assert_string_equal(parse.name, "audio");
	assert_string_equal(parse.attr, "sample_rate");
	assert_int_equal(parse.base_len, strlen("output.audio"));
	assert_int_equal(kind_of("output.audio."), DEF_BAD_NAME);
	assert_int_equal(kind_of("output..x"), DEF_BAD_NAME);
}

static void a_misspelt_key_gets_the_nearest(void **state)
{
	(void)state;
	assert_string_equal(def_suggest_key(&arena, "comand"), "command");
	assert_string_equal(def_suggest_key(&arena, "inptu.video"), "input.video");
	assert_string_equal(def_suggest_key(&arena, "foreach"), "foreach.NAME");
	assert_string_equal(def_suggest_key(&arena, "outputs"), "output.NAME");
	assert_string_equal(def_suggest_key(&arena, "timeout.s"), "timeout");
	assert_null(def_suggest_key(&arena, "zzzzzzzz"));
	assert_null(def_suggest_key(&arena, "zzzzzzzz.x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(single_keys_are_known_by_their_whole_name, leave),
		cmocka_unit_test_teardown(a_family_takes_a_name, leave),
		cmocka_unit_test_teardown(an_attribute_belongs_to_a_label, leave),
		cmocka_unit_test_teardown(a_misspelt_key_gets_the_nearest, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

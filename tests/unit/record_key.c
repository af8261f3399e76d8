/* The identity of a stage: what changes which part of it, and what changes none. */
#include "record/manifest/key.h"

#include "record_past.h"

/* --- what asks for the key, beside key_of() */

static const char *const part_names[RECORD_KEY_COUNT] = {
	[RECORD_KEY_COMMAND] = "command",
	[RECORD_KEY_CONFIG] = "config",
	[RECORD_KEY_ENV] = "env",
	[RECORD_KEY_INPUTS] = "inputs",
	[RECORD_KEY_DEFINITION] = "definition",
	[RECORD_KEY_TOOLS] = "tools",
};

/* The identity where version commands are not asked; cc: what is recorded of that, or NULL. */
static struct record_key_set key_unasked(const char *stage, const char *cc)
{
	const struct record_value tool = {.name = "cc", .value = cc};
	struct record record = {.success = {.is_known = true, .tools = &tool, .tool_count = 1}};
	struct record_key_set key;

	key_make(graph, stage_id(stage), NULL, cc ? &record : NULL, &key);
	return key;
}

/* --- the tests' own words */

/* "config env": the parts that differ, "none". */
static const char *differing(const struct record_key_set *a, const struct record_key_set *b)
{
	struct digest all_a = key_all(a), all_b = key_all(b);
	struct buf out = {0};
	const char *text;

	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		if (!digest_eq(&a->part[i], &b->part[i]))
			buf_fmt(&out, "%s%s", out.len ? " " : "", part_names[i]);
	}
	assert_int_equal(digest_eq(&all_a, &all_b), out.len == 0);
	text = out.len ? arena_strdup(&arena, buf_text(&out)) : "none";
	buf_free(&out);
	return text;
}

/* What of stage a's identity is another in the second definition. */
static const char *change(const char *before, const char *after)
{
	struct record_key_set a;

	load_good(before);
	a = key_of("a", NULL);
	load_good(after);
	struct record_key_set b = key_of("a", NULL);
	return differing(&a, &b);
}

#define BASE "[stage:a]\ncommand = work {{input.i}} {{output.o}}\ninput.i = x\noutput.o = o\n"

/* What these lines more change of BASE. */
static const char *adding(const char *lines)
{
	return change(BASE, arena_fmt(&arena, BASE "%s", lines));
}

/* What changes when the first of two lines becomes the second. */
static const char *turning(const char *before, const char *after)
{
	return change(
		arena_fmt(&arena, BASE "%s\n", before), arena_fmt(&arena, BASE "%s\n", after));
}

static int enter(void **state)
{
	int status = def_enter(state);

	write_file("x", "x");
	write_file("y", "y");
	write_file("in/1", "1");
	return status;
}

#define TEST_KEY(name) cmocka_unit_test_setup_teardown(name, enter, past_leave)

/* --- each part */

static void the_same_definition_has_the_same_identity(void **state)
{
	(void)state;
	assert_string_equal(change(BASE, BASE), "none");
	assert_string_equal(change(BASE, "; a comment\n\n" BASE), "none");
	assert_string_equal(change(BASE, BASE "\n[stage:z]\ncommand = true\n"), "none");
	write_file("x", "another content"); /* contents are judged file by file */
	assert_string_equal(change(BASE, BASE), "none");
}

static void the_command_is_a_part(void **state)
{
	(void)state;
	assert_string_equal(change(BASE, replaced(BASE, "work", "toil")), "command");
	assert_string_equal(change(BASE, replaced(BASE, "work ", "work  ")), "command");
	assert_string_equal(adding("shell = sh -x\n"), "command");
	assert_string_equal(turning("shell = sh -x", "shell = sh -u"), "command");
	assert_string_equal(change("[stage:a]\ncommand =\n    true\n    false\n",
				    "[stage:a]\ncommand =\n    false\n    true\n"),
		"command");
	assert_string_equal(change("[params]\nv = 1\n[stage:a]\ncommand = work {{params.v}}\n",
				    "[params]\nv = 2\n[stage:a]\ncommand = work {{params.v}}\n"),
		"command");
	assert_string_equal(change("[params]\nv = 1\n[stage:a]\ncommand = work\n",
				    "[params]\nv = 2\n[stage:a]\ncommand = work\n"),
		"none");
}

static void config_is_a_part_whatever_its_order(void **state)
{
	(void)state;
	assert_string_equal(adding("config.k = 1\n"), "config");
	assert_string_equal(turning("config.k = 1", "config.k = 2"), "config");
	assert_string_equal(turning("config.k = 1", "config.l = 1"), "config");
	assert_string_equal(
		turning("config.k = 1\nconfig.l = 2", "config.l = 2\nconfig.k = 1"), "none");
	assert_string_equal(
		turning("config.k = a\nconfig.l = b", "config.k = b\nconfig.l = a"), "config");
	assert_string_equal(change("[stage:a]\ncommand = work {{config.k}}\nconfig.k = 1\n",
				    "[stage:a]\ncommand = work {{config.k}}\nconfig.k = 2\n"),
		"command config");
}

static void variables_are_a_part(void **state)
{
	(void)state;
	unsetenv("RESTAGE_TEST_A");
	assert_string_equal(adding("env.V = 1\n"), "env");
	assert_string_equal(turning("env.V = 1", "env.V = 2"), "env");
	assert_string_equal(turning("env.V = 1", "env.W = 1"), "env");
	assert_string_equal(adding("pass_env = RESTAGE_TEST_A\n"), "env");
	assert_string_equal(
		turning("pass_env = RESTAGE_TEST_A", "pass_env = RESTAGE_TEST_B"), "env");
}

static void the_value_of_an_inherited_variable_counts_where_it_is_passed(void **state)
{
	static const char *const values[] = {NULL, "", "1", "2"};
	struct record_key_set keys[4];

	(void)state;
	load_good(BASE "pass_env = RESTAGE_TEST_A\n");
	for (int i = 0; i < 4; i++) {
		if (values[i])
			setenv("RESTAGE_TEST_A", values[i], 1);
		else
			unsetenv("RESTAGE_TEST_A");
		keys[i] = key_of("a", NULL);
		for (int k = 0; k < i; k++)
			assert_string_equal(differing(&keys[i], &keys[k]), "env");
	}
	load_good(BASE);
	keys[0] = key_of("a", NULL);
	unsetenv("RESTAGE_TEST_A");
	keys[1] = key_of("a", NULL);
	assert_string_equal(differing(&keys[0], &keys[1]), "none");
}

static void inputs_are_a_part_with_their_labels_and_order(void **state)
{
	(void)state;
	assert_string_equal(adding("input.j = y\n"), "inputs");
	assert_string_equal(change(BASE, replaced(BASE, "= x", "= y")), "inputs");
	assert_string_equal(turning("input.j = y", "input.k = y"), "inputs");
	assert_string_equal(
		turning("input.j =\n    x\n    y", "input.j =\n    y\n    x"), "inputs");
	/* A file that the command names is one more. */
	assert_string_equal(change("[stage:a]\ncommand = cat x\n",
				    "[stage:a]\ncommand = cat x\ntrack_command = no\n"),
		"inputs");
}

static void a_new_match_of_a_pattern_is_an_input_and_no_change_of_the_definition(void **state)
{
	struct record_key_set before, after;

	(void)state;
	load_good("[stage:a]\ncommand = work\ninput.i = in/*\ninput.i.track = time\n");
	before = key_of("a", NULL);
	write_file("in/2", "2");
	load_good("[stage:a]\ncommand = work\ninput.i = in/*\ninput.i.track = time\n");
	after = key_of("a", NULL);
	assert_string_equal(differing(&before, &after), "inputs");
}

static void how_files_are_tracked_and_made_is_a_part(void **state)
{
	(void)state;
	assert_string_equal(adding("output.p = p\n"), "definition");
	assert_string_equal(change(BASE, replaced(BASE, "= o\n", "= p\n")), "definition");
	assert_string_equal(turning("output.p = p", "output.q = p"), "definition");
	assert_string_equal(adding("intermediate.t = t\n"), "definition");
	assert_string_equal(turning("intermediate.t = t", "output.t = t"), "definition");
	assert_string_equal(
		turning("intermediate.t = t", "intermediate.t = t\nintermediate.t.retained = no"),
		"definition");
	assert_string_equal(adding("input.i.track = time\n"), "definition");
	assert_string_equal(
		turning("input.i.track = time", "input.i.track = exists"), "definition");
	assert_string_equal(adding("input.i.optional = yes\n"), "definition");
	assert_string_equal(adding("output.o.track = exists\n"), "definition");
	assert_string_equal(adding("output.o.optional = yes\n"), "definition");
	assert_string_equal(adding("output.o.update = yes\n"), "definition");
	assert_string_equal(adding("depfile = o.d\n"), "definition");
	assert_string_equal(turning("depfile = o.d", "depfile = p.d"), "definition");
	assert_string_equal(turning("output.p = p", "output.p = {{root}}/dist/p"), "definition");
}

static void versions_are_a_part_with_what_they_say(void **state)
{
	static const char *const one[] = {"1"}, *const two[] = {"2"};
	static const char *const none[] = {NULL}, *const empty[] = {""};
	struct record_key_set a, b;

	(void)state;
	assert_string_equal(adding("version.cc = cc --version\n"), "tools");
	assert_string_equal(
		turning("version.cc = cc --version", "version.ld = cc --version"), "tools");
	assert_string_equal(turning("version.cc = cc --version", "version.cc = cc -v"), "tools");
	load_good(BASE "version.cc = cc --version\n");
	a = key_of("a", one);
	b = key_of("a", two);
	assert_string_equal(differing(&a, &b), "tools");
	b = key_of("a", one);
	assert_string_equal(differing(&a, &b), "none");
	a = key_of("a", none);
	b = key_of("a", empty);
	assert_string_equal(differing(&a, &b), "none");
}

/* Looking starts no process: what is recorded of the tools stands for what they would say. */
static void versions_that_are_not_asked_are_as_they_are_recorded(void **state)
{
	static const char *const one[] = {"1"};
	struct record_key_set recorded, unasked, nothing = {0};

	(void)state;
	load_good(BASE "version.cc = cc --version\n");
	recorded = key_of("a", one);
	unasked = key_unasked("a", "1");
	assert_string_equal(differing(&recorded, &unasked), "none");
	unasked = key_unasked("a", NULL);
	assert_string_equal(differing(&recorded, &unasked), "tools");
	/* One that is new, or has another command, is seen all the same. */
	load_good(BASE "version.cc = cc --version\nversion.ld = ld --version\n");
	unasked = key_unasked("a", "1");
	assert_string_equal(differing(&recorded, &unasked), "tools");
	load_good(BASE "version.cc = cc -v\n");
	unasked = key_unasked("a", "1");
	assert_string_equal(differing(&recorded, &unasked), "tools");
	/* Without versions nothing is asked and nothing unknown, whatever is recorded. */
	load_good(BASE);
	unasked = key_unasked("a", "1");
	nothing = key_of("a", NULL);
	assert_string_equal(differing(&unasked, &nothing), "none");
	assert_true(digest_is_zero(&unasked.part[RECORD_KEY_TOOLS]));
}

/* --- what is no part of it */

static void words_and_resources_are_no_part(void **state)
{
	static const char *const lines[] = {"description = A stage", "input.i.type = video",
		"input.i.format = mp4", "output.o.type = audio", "output.o.rate = 16000",
		"threads = 2", "memory = 1G", "gpu = 1", "retries = 2", "retry_delay = 5s",
		"timeout = 1h", "grace = 1s", "allow_failure = yes", "console = yes",
		"tags = slow, net", "enabled = no", "enabled = no\nskip_reason = not today"};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *parts = adding(arena_fmt(&arena, "%s\n", lines[i]));

		if (strcmp(parts, "none") != 0)
			fail_msg("'%s' changes %s", lines[i], parts);
	}
	assert_string_equal(change(BASE, "[pools]\nnet = 1\n" BASE "pool = net\n"), "none");
	assert_string_equal(
		turning("intermediate.t = t", "intermediate.t = t\nintermediate.t.reason = cache"),
		"none");
	assert_string_equal(
		turning("intermediate.t = t", "intermediate.t = t\nintermediate.t.retained = yes"),
		"none");
}

/* Its command names files of its own directory, of another stage's, and below the job. */
#define PLACES \
	"[stage:m]\ncommand = true\noutput.o = o\n" \
	"[stage:a]\ncommand = work {{input.o}} {{output.o}} {{stage.dir}} {{job.dir}} {{root}}\n" \
	"input.o = {{m.o}}\noutput.o = o\nintermediate.t = t\n"

static void places_are_no_part(void **state)
{
	(void)state;
	assert_string_equal(change(PLACES, "[stage:first]\ncommand = true\n" PLACES), "none");
	assert_string_equal(change(PLACES, "[pipeline]\nname = other\n" PLACES), "none");
	assert_string_equal(change(PLACES, "[pipeline]\njob = other\n" PLACES), "none");
	assert_string_equal(change(PLACES, "[pipeline]\nout = elsewhere\n" PLACES), "none");
	assert_string_equal(change(PLACES, replaced(PLACES, "{{m.o}}", "out/p/01_m/o")), "none");
}

static void instances_differ_in_what_they_use(void **state)
{
	struct record_key_set one, two;

	(void)state;
	load_good("[stage:a]\nforeach.e =\n    x\n    y\ncommand = work {{input.i}} {{output.o}}\n"
		  "input.i = {{each.e}}\noutput.o = o\n");
	one = key_of("a/x", NULL);
	two = key_of("a/y", NULL);
	assert_string_equal(differing(&one, &two), "inputs");
}

/* --- digests by themselves */

static void a_variable_is_known_by_its_name_and_value(void **state)
{
	(void)state;
	assert_string_equal(variable_digest("A", "1"), variable_digest("A", "1"));
	assert_string_not_equal(variable_digest("A", "1"), variable_digest("A", "2"));
	assert_string_not_equal(variable_digest("A", "1"), variable_digest("B", "1"));
	assert_string_not_equal(variable_digest("A", ""), variable_digest("A", NULL));
	assert_string_not_equal(variable_digest("AB", "C"), variable_digest("A", "BC"));
}

static void each_part_is_part_of_the_whole(void **state)
{
	struct record_key_set key = {0};
	struct digest none = key_all(&key), all[RECORD_KEY_COUNT];

	(void)state;
	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		memset(&key, 0, sizeof key);
		key.part[i].bytes[15] = 1;
		all[i] = key_all(&key);
		assert_false(digest_eq(&all[i], &none));
		for (int k = 0; k < i; k++)
			assert_false(digest_eq(&all[i], &all[k]));
	}
}

/* Manifests of before hold these: other digests for the same would run every user's stages. */
static void the_digests_of_a_known_stage_stay(void **state)
{
	static const char *const want[RECORD_KEY_COUNT] = {
		[RECORD_KEY_COMMAND] = "xxh3-128:a6a0bd390d414404e2cc82f328f2cd5d",
		[RECORD_KEY_CONFIG] = "xxh3-128:5e051bacd000b74436cd76979c0bddc8",
		[RECORD_KEY_ENV] = "xxh3-128:501883ce1791639c9778ea9b2a8370bb",
		[RECORD_KEY_INPUTS] = "xxh3-128:e9d9175e9704c38cf16d10781bc9cfe0",
		[RECORD_KEY_DEFINITION] = "xxh3-128:b24756f84e493083bc05f1bc952ba698",
		[RECORD_KEY_TOOLS] = "xxh3-128:24278a666f5803792e501bdf00a66b4a",
	};
	static const char *const versions[] = {"cc 1"};
	struct record_key_set key;
	char text[DIGEST_TEXT_SIZE];

	(void)state;
	unsetenv("RESTAGE_TEST_A");
	load_good("[stage:m]\ncommand = true\noutput.o = o\n"
		  "[stage:a]\ncommand = work {{config.k}} {{input.i}} {{input.m}} {{output.o}}\n"
		  "input.i = x\n"
		  "input.m = {{m.o}}\noutput.o = o\noutput.o.track = time\nintermediate.t = t\n"
		  "config.k = 1\n"
		  "env.V = 2\npass_env = RESTAGE_TEST_A\nversion.cc = cc --version\ndepfile = "
		  "o.d\n");
	key = key_of("a", versions);
	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		digest_format(&key.part[i], text);
		assert_string_equal(text, want[i]);
	}
	key = key_of("m", NULL);
	digest_format(&key.part[RECORD_KEY_INPUTS], text);
	assert_string_equal(text, "xxh3-128:99aa06d3014798d86001c324468d497f"); /* of nothing */
}

/* What format 1 took for one: lines that it lost, and numbers that it printed anew. */
static void texts_that_an_older_reading_made_one_are_known(void **state)
{
	static const char *const alike[][2] = {
		{"a", "a"},
		{"a\nb", "# first\n\n  a\n\t; x\n    b"},
		{"--rate=0.2", "--rate=0.20"},
		{"1.2345678901234568e+18", "1234567890123456789"},
		{"1e-05 x 1", "1e-5 x 1.0"},
		{"-1 'x'", "-1.0 'x'"},
		{"", "null"},
	};
	static const char *const others[][2] = {
		{"a", "b"},
		{"a", ""},
		{"", "a"},
		{"a b", "a  b"},
		{"0.2", "0.21"},
		{"v1.10", "v1.1"},
		{"1.2.10", "1.2.1"},
		{"x1", "x01"},
		{"1", "1x"},
		{"10", "1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		if (!key_read_alike(alike[i][0], alike[i][1]))
			fail_msg("'%s' and '%s' are not alike", alike[i][0], alike[i][1]);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (key_read_alike(others[i][0], others[i][1]))
			fail_msg("'%s' and '%s' are alike", others[i][0], others[i][1]);
	}
	assert_true(key_env_read_alike("A", variable_digest("A", "0.2"), "0.20"));
	assert_true(key_env_read_alike("A", variable_digest("A", ""), "null"));
	assert_true(key_env_read_alike("A", variable_digest("A", "x"), "# y\nx"));
	assert_false(key_env_read_alike("A", variable_digest("A", "0.2"), "0.21"));
	assert_false(key_env_read_alike("A", variable_digest("A", "x"), NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_KEY(the_same_definition_has_the_same_identity),
		TEST_KEY(the_command_is_a_part),
		TEST_KEY(config_is_a_part_whatever_its_order),
		TEST_KEY(variables_are_a_part),
		TEST_KEY(the_value_of_an_inherited_variable_counts_where_it_is_passed),
		TEST_KEY(inputs_are_a_part_with_their_labels_and_order),
		TEST_KEY(a_new_match_of_a_pattern_is_an_input_and_no_change_of_the_definition),
		TEST_KEY(how_files_are_tracked_and_made_is_a_part),
		TEST_KEY(versions_are_a_part_with_what_they_say),
		TEST_KEY(versions_that_are_not_asked_are_as_they_are_recorded),
		TEST_KEY(words_and_resources_are_no_part),
		TEST_KEY(places_are_no_part),
		TEST_KEY(instances_differ_in_what_they_use),
		TEST_KEY(a_variable_is_known_by_its_name_and_value),
		TEST_KEY(each_part_is_part_of_the_whole),
		TEST_KEY(the_digests_of_a_known_stage_stay),
		TEST_KEY(texts_that_an_older_reading_made_one_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Keys of the shared cache: what has one key has one identity and one content, wherever it lies. */
#include "record/cache/cache_key.h"

#include "model/graph/stage_finder.h"

#include "record_past.h"

#define INPUTS_MAX 8

#define BASE \
	"[stage:a]\ncommand = work {{input.i}} {{output.o}}\ninput.i = x\noutput.o = o\n" \
	"config.k = 1\nenv.V = 2\n"

static const char *versions[] = {"v1", "v1"}; /* what version commands say */

/* Of stage a, all of whose inputs have that content. The identity that it is judged by is given, so
 * that texts alone make the difference. */
static struct sha256 key_with(const struct record_key_set *set, char kind, const char *content)
{
	struct cache_key_input inputs[INPUTS_MAX] = {{0}};
	uint32_t stage = stage_id("a");

	assert_int_equal(sha256_load(NULL), 0);
	assert_true(graph->stages[stage].input_count <= INPUTS_MAX);
	for (uint32_t i = 0; i < graph->stages[stage].input_count; i++) {
		inputs[i].kind = kind;
		inputs[i].content = content_bytes(content, strlen(content));
	}
	return cache_key_make(graph, stage, set, versions, inputs);
}

static struct sha256 key_now(void)
{
	struct record_key_set set = key_of("a", NULL);

	return key_with(&set, 'f', "content");
}

/* Has stage a another key in the second definition, though its identity were the same? */
static bool differs(const char *before, const char *after)
{
	struct record_key_set set = {0};

	load_good(before);
	struct sha256 was = key_with(&set, 'f', "content");
	load_good(after);
	struct sha256 is = key_with(&set, 'f', "content");
	return !sha256_eq(&was, &is);
}

static const char *with(const char *lines)
{
	return arena_fmt(&arena, BASE "%s", lines);
}

static int enter(void **state)
{
	int status = def_enter(state);

	write_file("x", "x");
	write_file("y", "y");
	return status;
}

#define TEST_KEY(name) cmocka_unit_test_setup_teardown(name, enter, past_leave)

static void texts_count_and_not_only_their_digests(void **state)
{
	(void)state;
	assert_false(differs(BASE, BASE));
	assert_true(differs(BASE, with("shell = sh -u\n")));
	assert_true(differs(BASE, with("config.l = 1\n")));
	assert_true(differs(BASE, with("env.W = 1\n")));
	assert_true(differs(BASE, with("output.p = p\n")));
	assert_true(differs(BASE, with("input.j = y\n")));
	assert_true(differs(BASE, with("depfile = d\n")));
	assert_true(differs(with("input.j = y\n"), with("input.k = y\n")));
	assert_true(differs(with("input.j = x\n"), with("input.j = y\n")));
	assert_true(differs(with("input.j = y\n"), with("input.j = y\ninput.j.optional = yes\n")));
	assert_true(differs(BASE, with("dir = work\n")));
	assert_true(differs(with("config.l = 1\n"), with("config.l = 2\n")));
	assert_true(differs(with("env.W = 1\n"), with("env.W = 2\n")));
	assert_true(differs(with("version.t = t\n"), with("version.t = u\n")));
	assert_true(differs(with("output.p = p\n"), with("output.p = q\n")));
	assert_true(differs("[stage:a]\ncommand = work {{output.o}}\noutput.o = o\n",
		"[stage:a]\ncommand = toil {{output.o}}\noutput.o = o\n"));
}

/* What an image is called may lead to another one tomorrow. */
static void an_image_counts_by_what_it_is(void **state)
{
	struct record_key_set set = {0};

	(void)state;
	assert_false(differs(with("container = one\n"), with("container = two\n")));
	struct sha256 was = key_with(&set, 'f', "content");
	versions[0] = "v2";
	struct sha256 is = key_with(&set, 'f', "content");
	versions[0] = "v1";
	assert_false(sha256_eq(&was, &is));
	assert_true(cache_key_has_image(graph, stage_id("a"), versions));
	assert_false(cache_key_has_image(graph, stage_id("a"), NULL));
	load_good(BASE);
	assert_true(cache_key_has_image(graph, stage_id("a"), NULL));
}

static void what_only_describes_counts_not(void **state)
{
	(void)state;
	assert_false(differs(BASE, with("description = d\nthreads = 3\nretries = 1\n")));
	assert_false(differs(BASE, with("output.o.type = audio\noutput.o.rate = 3\n")));
	assert_false(differs(BASE, with("output.o.temporary = yes\n")));
	assert_false(differs(BASE, with("tags = t\n")));
}

static void variables_that_are_passed_count_with_their_values(void **state)
{
	struct record_key_set set = {0};

	(void)state;
	setenv("RESTAGE_TEST_A", "1", 1);
	load_good(with("pass_env = RESTAGE_TEST_A\n"));
	struct sha256 was = key_with(&set, 'f', "content");
	setenv("RESTAGE_TEST_A", "2", 1);
	struct sha256 is = key_with(&set, 'f', "content");
	unsetenv("RESTAGE_TEST_A");
	struct sha256 unset = key_with(&set, 'f', "content");
	assert_false(sha256_eq(&was, &is));
	assert_false(sha256_eq(&unset, &is));
}

/* Two contents with one XXH3 digest are easy to make. Here everything that such a digest tells of
 * is the same. */
static void inputs_of_one_digest_and_other_contents_have_two_keys(void **state)
{
	(void)state;
	load_good(BASE);
	struct record_key_set set = key_of("a", NULL);
	struct sha256 one = key_with(&set, 'f', "one"), two = key_with(&set, 'f', "two");
	struct sha256 again = key_with(&set, 'f', "one"), tool = key_with(&set, 'x', "one");
	assert_false(sha256_eq(&one, &two));
	assert_true(sha256_eq(&one, &again));
	assert_false(sha256_eq(&one, &tool));
}

static void the_identity_counts(void **state)
{
	struct record_key_set set = {0};

	(void)state;
	load_good(BASE);
	struct sha256 was = key_with(&set, 'f', "content");
	set.part[RECORD_KEY_INPUTS].bytes[3]++;
	struct sha256 is = key_with(&set, 'f', "content");
	assert_false(sha256_eq(&was, &is));
}

#define PLACES \
	"[pipeline]\nname = %s\n%s[stage:m]\ncommand = work {{output.o}}\noutput.o = o\n" \
	"[stage:a]\ncommand = work {{input.i}} {{root}}/t {{output.o}}\ninput.i = {{m.o}}\n" \
	"output.o = o\nconfig.c = {{root}}/x {{job.dir}}/y\n"

static void another_job_and_another_number_have_the_same(void **state)
{
	(void)state;
	load_good(arena_fmt(&arena, PLACES, "one", ""));
	struct sha256 was = key_now();
	load_good(arena_fmt(&arena, PLACES, "two", "[stage:first]\ncommand = true\n"));
	struct sha256 is = key_now();
	assert_true(sha256_eq(&was, &is));
}

static void instances_share_what_is_the_same(void **state)
{
	struct cache_key_input input = {.kind = 'f'};
	struct sha256 keys[2];

	(void)state;
	assert_int_equal(sha256_load(NULL), 0);
	load_good("[stage:a]\ncommand = work {{output.o}}\nforeach.k = 1\n\t2\ninput.i = x\n"
		  "output.o = o\n");
	assert_int_equal(graph->stage_count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		struct record_key_set set;
		key_make(graph, i, NULL, NULL, &set);
		keys[i] = cache_key_make(graph, i, &set, NULL, &input);
	}
	assert_true(sha256_eq(&keys[0], &keys[1]));
}

static void what_has_no_fixed_content_may_not(void **state)
{
	static const char *const none[] = {"output.o.update = yes\n", "output.o.track = time\n",
		"input.i.track = exists\n", "max_age = 1d\n", "console = yes\n", "cache = no\n"};

	(void)state;
	load_good(BASE);
	assert_true(cache_key_may(graph, stage_id("a")));
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		load_good(with(none[i]));
		assert_false(cache_key_may(graph, stage_id("a")));
	}
}

static void names_are_free_of_places_and_lead_back(void **state)
{
	static const char *const paths[] = {
		"src/a.h", "/usr/include/stdio.h", "out/one/01_m/o", "out/one/02_a/deep/x"};
	struct buf name = {0}, path = {0};

	(void)state;
	load_good(arena_fmt(&arena, PLACES, "one", ""));
	struct stage_finder finder = {.graph = graph};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		buf_reset(&name);
		buf_reset(&path);
		assert_true(cache_key_name(&finder, 'x', paths[i], &name));
		assert_null(strstr(buf_text(&name), "one"));
		assert_int_equal(buf_text(&name)[0], 'x');
		assert_true(cache_key_path(&finder, buf_text(&name), &path));
		assert_string_equal(buf_text(&path), paths[i]);
	}
	/* what no stage made, and names of nothing */
	assert_false(cache_key_name(&finder, 'f', "out/one/params.json", &name));
	assert_false(cache_key_path(&finder, "", &path));
	assert_false(cache_key_path(&finder, "f@other/x", &path));
	assert_false(cache_key_path(&finder, "f@m", &path));
	assert_false(cache_key_path(&finder, "?:x", &path));
	stage_finder_end(&finder);
	buf_free(&name);
	buf_free(&path);
}

static void the_stage_around_a_path_is_that_of_the_longest_directory(void **state)
{
	const char *rest = NULL;
	struct buf path = {0};

	(void)state;
	load_good(
		"[pipeline]\nname = one\n[stage:a]\ncommand = work {{output.o}}\nforeach.k = 1\n\t11\n"
		"output.o = o\n[stage:ab]\ncommand = work {{output.o}}\noutput.o = o\n");
	struct stage_finder finder = {.graph = graph};
	assert_int_equal(
		stage_finder_around(&finder, "out/one/01_a/11/x/y", &rest), stage_id("a/11"));
	assert_string_equal(rest, "x/y");
	assert_int_equal(stage_finder_around(&finder, "out/one/02_ab", &rest), stage_id("ab"));
	assert_string_equal(rest, "");
	assert_int_equal(stage_finder_around(&finder, "out/one/01_a/111/x", &rest), NONE);
	assert_int_equal(stage_finder_around(&finder, "out/one/02_abc/x", &rest), NONE);
	assert_int_equal(stage_finder_around(&finder, "out/one/logs/x", &rest), NONE);
	assert_true(cache_key_path(&finder, "f@a/11/x/y", &path));
	assert_string_equal(buf_text(&path), "out/one/01_a/11/x/y");
	stage_finder_end(&finder);
	buf_free(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_KEY(texts_count_and_not_only_their_digests),
		TEST_KEY(an_image_counts_by_what_it_is),
		TEST_KEY(what_only_describes_counts_not),
		TEST_KEY(variables_that_are_passed_count_with_their_values),
		TEST_KEY(inputs_of_one_digest_and_other_contents_have_two_keys),
		TEST_KEY(the_identity_counts),
		TEST_KEY(another_job_and_another_number_have_the_same),
		TEST_KEY(instances_share_what_is_the_same),
		TEST_KEY(what_has_no_fixed_content_may_not),
		TEST_KEY(names_are_free_of_places_and_lead_back),
		TEST_KEY(the_stage_around_a_path_is_that_of_the_longest_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

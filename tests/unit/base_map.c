#include "base_test.h"

#include "base/arena.h"
#include "base/map.h"

static void an_empty_map_holds_nothing(void **state)
{
	(void)state;
	struct map map = {0};

	assert_int_equal(map_get(&map, "a"), NONE);
	assert_int_equal(map_getn(&map, "a", 1), NONE);
	map_free(&map);
}

static void the_first_value_put_stays_and_set_replaces(void **state)
{
	(void)state;
	struct map map = {0};

	assert_int_equal(map_put(&map, "a", 1), 1);
	assert_int_equal(map_put(&map, "a", 2), 1);
	assert_int_equal(map_get(&map, "a"), 1);
	map_set(&map, "a", 3);
	map_set(&map, "", 4);
	assert_int_equal(map_get(&map, "a"), 3);
	assert_int_equal(map_get(&map, ""), 4);
	assert_int_equal(map.count, 2);
	map_free(&map);
	assert_int_equal(map.count, 0);
}

static void a_key_need_not_be_terminated(void **state)
{
	(void)state;
	struct map map = {0};

	map_put(&map, "abc", 1);
	map_put(&map, "abcdefghij", 2);
	assert_int_equal(map_getn(&map, "abcd", 3), 1);
	assert_int_equal(map_getn(&map, "abcd", 4), NONE);
	assert_int_equal(map_getn(&map, "abcdefghijk", 10), 2);
	/* the map's keys are not read beyond their end */
	assert_int_equal(map_getn(&map, "abc\0def", 7), NONE);
	map_free(&map);
}

static void a_hundred_thousand_keys_are_found_again(void **state)
{
	(void)state;
	struct map map = {0};
	struct arena arena = {0};
	const uint32_t count = 100000;
	const char **keys = arena_alloc(&arena, count * sizeof *keys);

	for (uint32_t i = 0; i < count; i++) {
		keys[i] = arena_fmt(&arena, "out/job/%06u/file", i);
		assert_int_equal(map_put(&map, keys[i], i), i);
	}
	assert_int_equal(map.count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(map_get(&map, keys[i]), i);
	assert_int_equal(map_get(&map, "out/job/100000/file"), NONE);
	map_free(&map);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_holds_nothing),
		cmocka_unit_test(the_first_value_put_stays_and_set_replaces),
		cmocka_unit_test(a_key_need_not_be_terminated),
		cmocka_unit_test(a_hundred_thousand_keys_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

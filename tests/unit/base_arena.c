#include "base_test.h"

#include "base/arena.h"

static void everything_is_zeroed_and_aligned(void **state)
{
	(void)state;
	struct arena arena = {0};

	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *p = arena_alloc(&arena, size);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xFF, size);
	}
	arena_free(&arena);
}

static void pieces_do_not_overlap(void **state)
{
	(void)state;
	struct arena arena = {0};
	unsigned char *pieces[2000];

	for (size_t i = 0; i < 2000; i++) {
		/* small ones, with one larger than any block now and then */
		size_t size = i % 100 == 99 ? 2000000 : 1 + i % 50;
		pieces[i] = arena_alloc(&arena, size);
		memset(pieces[i], (int)(i % 251), i % 100 == 99 ? 64 : size);
	}
	for (size_t i = 0; i < 2000; i++) {
		for (size_t k = 0; k < (i % 100 == 99 ? 64 : 1 + i % 50); k++)
			assert_int_equal(pieces[i][k], i % 251);
	}
	arena_free(&arena);
}

static void large_pieces_leave_the_block_in_use(void **state)
{
	(void)state;
	struct arena arena = {0};
	char *a = arena_alloc(&arena, 16);

	arena_alloc(&arena, 1000000);
	char *b = arena_alloc(&arena, 16);
	assert_ptr_equal(a + 16, b);
	arena_free(&arena);
}

static void strings_are_copied_cut_and_formatted(void **state)
{
	(void)state;
	struct arena arena = {0};
	char text[] = "hello";
	char *copy = arena_strdup(&arena, text);
	char *part = arena_strndup(&arena, text, 4);

	text[0] = 'j';
	assert_string_equal(copy, "hello");
	assert_string_equal(part, "hell");
	assert_string_equal(arena_strndup(&arena, "ab", 100), "ab");
	assert_string_equal(arena_strndup(&arena, "ab", 0), "");
	assert_string_equal(arena_fmt(&arena, "%s-%d", "x", 42), "x-42");
	assert_string_equal(arena_fmt(&arena, "%s", ""), "");
	char *wide = arena_fmt(&arena, "%0100000d", 7);
	assert_int_equal(strlen(wide), 100000);
	arena_free(&arena);
}

static void an_arena_is_usable_after_it_was_freed(void **state)
{
	(void)state;
	struct arena arena = {0};

	arena_strdup(&arena, "a");
	arena_free(&arena);
	assert_null(arena.head);
	assert_string_equal(arena_strdup(&arena, "b"), "b");
	arena_free(&arena);
	arena_free(&arena);
}

static void a_reset_arena_gives_zeroed_memory_again(void **state)
{
	struct arena arena = {0};
	(void)state;

	arena_reset(&arena);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			unsigned char *p = arena_alloc(&arena, 333);
			for (int k = 0; k < 333; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xff, 333);
		}
		arena_reset(&arena);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(large_pieces_leave_the_block_in_use),
		cmocka_unit_test(strings_are_copied_cut_and_formatted),
		cmocka_unit_test(an_arena_is_usable_after_it_was_freed),
		cmocka_unit_test(a_reset_arena_gives_zeroed_memory_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

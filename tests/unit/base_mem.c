#include "base_test.h"

#include "base/mem.h"

static void memory_is_zeroed_and_never_null(void **state)
{
	(void)state;
	unsigned char *p = mem_alloc(1000);

	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	free(p);
	p = mem_alloc(0);
	assert_non_null(p);
	free(p);
	p = mem_grow(NULL, 0, 8);
	assert_non_null(p);
	free(p);
}

static void growing_keeps_the_content(void **state)
{
	(void)state;
	uint32_t *items = NULL, cap = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		MEM_ROOM(items, i, cap);
		items[i] = i;
	}
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(items[i], i);
	assert_true(cap >= 10000);
	free(items);
}

static void room_for_a_far_index_is_made_at_once(void **state)
{
	(void)state;
	char *items = NULL;
	size_t cap = 0;

	MEM_ROOM(items, 5000, cap);
	assert_true(cap > 5000);
	items[5000] = 'x';
	free(items);
}

static void a_copied_string_is_its_own(void **state)
{
	(void)state;
	char text[] = "abc";
	char *copy = mem_strdup(text);

	text[0] = 'x';
	assert_string_equal(copy, "abc");
	free(copy);
}

/* What a child that runs fn says on stderr, and its exit code. */
static int run_child(void (*fn)(void), char *said, size_t size)
{
	int pipes[2], status;

	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		fn();
		_exit(99);
	}
	close(pipes[1]);
	ssize_t n = read(pipes[0], said, size - 1);
	assert_true(n >= 0);
	said[n] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void use_all(void)
{
	mem_fail(12345);
}

static void overflow(void)
{
	mem_grow(NULL, SIZE_MAX / 4, 8);
}

static void running_out_of_memory_says_so_and_ends_with_3(void **state)
{
	(void)state;
	char said[200];

	assert_int_equal(run_child(use_all, said, sizeof said), 3);
	assert_string_equal(said, "restage: out of memory (12345 bytes)\n");
}

static void a_count_that_overflows_is_no_memory(void **state)
{
	(void)state;
	char said[200];

	assert_int_equal(run_child(overflow, said, sizeof said), 3);
	assert_non_null(strstr(said, "restage: out of memory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_never_null),
		cmocka_unit_test(growing_keeps_the_content),
		cmocka_unit_test(room_for_a_far_index_is_made_at_once),
		cmocka_unit_test(a_copied_string_is_its_own),
		cmocka_unit_test(running_out_of_memory_says_so_and_ends_with_3),
		cmocka_unit_test(a_count_that_overflows_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

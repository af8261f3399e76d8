/* The pool and clients of it: the run's own, and others that come and go. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "run/engine/jobserver.h"
#include "run/exec/exec.h"

static char dir[] = "/tmp/restage-jobpool-XXXXXX";
static char fifo[sizeof dir + 8];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(fifo, sizeof fifo, "%s/slots", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* which also says that every fifo was removed */
}

static struct jobpool *open_pool(enum jobpool_style style, uint32_t slots)
{
	struct err err = {0};
	struct jobpool *pool = jobpool_new(style, slots, fifo, &err);

	assert_non_null(pool);
	return pool;
}

/* Another program's client: as the stage's would, except for the numbers of inherited
 * descriptors. */
static struct jobserver *join(const struct jobpool *pool)
{
	struct arena arena = {0};
	const char *why, *flags = jobpool_makeflags(pool, &arena, NULL);
	const int *shared = jobpool_shared(pool);

	if (shared)
		flags = arena_fmt(&arena, "--jobserver-auth=%d,%d", shared[0], shared[1]);
	struct jobserver *client = jobserver_new(flags, &why);
	arena_free(&arena);
	assert_non_null(client);
	return client;
}

static unsigned take_all(struct jobserver *client)
{
	unsigned count = 0;

	while (jobserver_take(client))
		count++;
	return count;
}

static void clients_together_have_one_less_than_the_slots(void **state)
{
	(void)state;
	for (int style = JOBPOOL_PIPE; style <= JOBPOOL_FIFO; style++) {
		struct jobpool *pool = open_pool((enum jobpool_style)style, 6);
		struct jobserver *own = jobpool_client(pool), *other = join(pool);
		assert_true(jobserver_take(own));
		assert_true(jobserver_take(own));
		assert_int_equal(take_all(other), 3);
		assert_false(jobserver_take(own));
		jobserver_give(other);
		assert_true(jobserver_take(own));
		jobserver_free(other); /* gives back two */
		assert_int_equal(take_all(own), 2);
		jobpool_free(pool);
	}
}

static void one_slot_leaves_nothing_to_take(void **state)
{
	(void)state;
	struct jobpool *pool = open_pool(JOBPOOL_PIPE, 1);

	assert_false(jobserver_take(jobpool_client(pool)));
	jobpool_free(pool);
}

static void very_many_slots_do_not_block(void **state)
{
	(void)state;
	struct jobpool *pool = open_pool(JOBPOOL_PIPE, 1000000);

	assert_true(take_all(jobpool_client(pool)) >= 1000);
	jobpool_free(pool);
}

static void tokens_that_a_killed_program_held_come_back(void **state)
{
	(void)state;
	for (int style = JOBPOOL_PIPE; style <= JOBPOOL_FIFO; style++) {
		struct jobpool *pool = open_pool((enum jobpool_style)style, 5);
		struct jobserver *own = jobpool_client(pool);
		char lost[3];
		int in = jobpool_shared(pool) ? dup(jobpool_shared(pool)[0]) : open(fifo, O_RDONLY);
		assert_int_equal(read(in, lost, sizeof lost), sizeof lost);
		close(in);
		assert_int_equal(take_all(own), 1);
		jobserver_give(own);
		jobpool_refill(pool);
		assert_int_equal(take_all(own), 4);
		jobpool_free(pool);
	}
}

static void tokens_that_nobody_took_are_taken_out(void **state)
{
	(void)state;
	struct jobpool *pool = open_pool(JOBPOOL_FIFO, 3);
	int out = open(fifo, O_WRONLY);

	assert_int_equal(write(out, "xyz", 3), 3);
	close(out);
	jobpool_refill(pool);
	assert_int_equal(take_all(jobpool_client(pool)), 2);
	jobpool_free(pool);
}

static void what_a_killed_run_left_is_replaced(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(fifo, 0666), 0);
	struct jobpool *pool = open_pool(JOBPOOL_FIFO, 3);
	struct stat status;
	assert_int_equal(stat(fifo, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(take_all(jobpool_client(pool)), 2);
	jobpool_free(pool);
	assert_int_equal(access(fifo, F_OK), -1);
}

static void a_path_that_makeflags_cannot_carry_is_refused(void **state)
{
	(void)state;
	static const char *const paths[] = {
		"/tmp/a b/slots", "/tmp/$x/slots", "/tmp/a'b", "/tmp/a#b"};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct err err = {0};
		assert_null(jobpool_new(JOBPOOL_FIFO, 2, paths[i], &err));
		assert_int_equal(err.code, EXIT_WORLD);
		assert_non_null(strstr(err.text, "--jobserver pipe"));
		err_clear(&err);
	}
}

static void a_fifo_that_cannot_be_made_is_an_error(void **state)
{
	(void)state;
	struct err err = {0};

	assert_null(jobpool_new(JOBPOOL_FIFO, 2, "/no/such/directory/slots", &err));
	assert_int_equal(err.code, EXIT_WORLD);
	assert_non_null(strstr(err.text, "/no/such/directory/slots"));
	err_clear(&err);
}

/* The text before our own options and after them. */
static void expect_flags(
	const struct jobpool *pool, const char *given, const char *before, const char *after)
{
	struct arena arena = {0};
	const char *expected = arena_fmt(&arena, "%s-j4 --jobserver-auth=%d,%d%s", before,
		EXEC_SHARED_FD, EXEC_SHARED_FD + 1, after);

	assert_string_equal(jobpool_makeflags(pool, &arena, given), expected);
	arena_free(&arena);
}

static void makeflags_of_the_user_are_kept_except_for_jobs(void **state)
{
	(void)state;
	struct jobpool *pool = open_pool(JOBPOOL_PIPE, 4);

	expect_flags(pool, NULL, " ", "");
	expect_flags(pool, "", " ", "");
	expect_flags(pool, "k", "k ", "");
	expect_flags(pool, "ks -I inc", "ks -I inc ", "");
	expect_flags(pool, "-j8", " ", "");
	expect_flags(pool, "-j 8 -k", "-k ", "");
	expect_flags(pool, "-j -k", "-k ", "");
	expect_flags(pool, "--jobs=8 -s", "-s ", "");
	expect_flags(pool, " --jobs 8 -s", " -s ", "");
	expect_flags(pool, " -j2 --jobserver-auth=3,4 -s", " -s ", "");
	expect_flags(pool, "k --jobserver-fds=3,4 -j", "k ", "");
	expect_flags(pool, "-l 2.5 -j4", "-l 2.5 ", "");
	expect_flags(pool, "k -- CC=gcc -j9", "k ", " -- CC=gcc -j9");
	expect_flags(pool, " -- V=a\\ b", " ", " -- V=a\\ b");
	jobpool_free(pool);
}

static void makeflags_name_the_fifo(void **state)
{
	(void)state;
	struct jobpool *pool = open_pool(JOBPOOL_FIFO, 2);
	struct arena arena = {0};

	assert_string_equal(jobpool_makeflags(pool, &arena, "-j9 -k"),
		arena_fmt(&arena, "-k -j2 --jobserver-auth=fifo:%s", fifo));
	arena_free(&arena);
	jobpool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_together_have_one_less_than_the_slots),
		cmocka_unit_test(one_slot_leaves_nothing_to_take),
		cmocka_unit_test(very_many_slots_do_not_block),
		cmocka_unit_test(tokens_that_a_killed_program_held_come_back),
		cmocka_unit_test(tokens_that_nobody_took_are_taken_out),
		cmocka_unit_test(what_a_killed_run_left_is_replaced),
		cmocka_unit_test(a_path_that_makeflags_cannot_carry_is_refused),
		cmocka_unit_test(a_fifo_that_cannot_be_made_is_an_error),
		cmocka_unit_test(makeflags_of_the_user_are_kept_except_for_jobs),
		cmocka_unit_test(makeflags_name_the_fifo),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

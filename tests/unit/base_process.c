#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process.h"

static int block[2]; /* keeps the thread until there is a byte */

static bool has(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->pids[i] == pid)
			return true;
	}
	return false;
}

static pid_t fork_one(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void end_one(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A child belongs to the thread that made it, as long as that lives. */
static void *make_child(void *ctx)
{
	pid_t *pid = ctx;
	char byte;

	__atomic_store_n(pid, fork_one(), __ATOMIC_SEQ_CST);
	return read(block[0], &byte, 1) ? ctx : NULL;
}

static void children_of_every_thread_are_found(void **state)
{
	(void)state;
	pthread_t thread;
	pid_t theirs = 0, ours = fork_one();
	struct process_list all = {0}, main_only = {0};

	assert_int_equal(pipe(block), 0);
	assert_int_equal(pthread_create(&thread, NULL, make_child, &theirs), 0);
	while (__atomic_load_n(&theirs, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	process_add_children(getpid(), &all);
	process_add_children_of(getpid(), getpid(), &main_only);
	assert_true(has(&all, ours) && has(&all, theirs));
	assert_true(has(&main_only, ours) && !has(&main_only, theirs));
	assert_int_equal(write(block[1], "", 1), 1);
	pthread_join(thread, NULL);
	close(block[1]);
	close(block[0]);
	end_one(ours);
	end_one(theirs);
	free(all.pids);
	free(main_only.pids);
}

static void a_process_that_is_gone_has_no_children(void **state)
{
	(void)state;
	struct process_list list = {0};
	pid_t pid = fork_one();

	end_one(pid);
	process_add_children(pid, &list);
	process_add_children_of(pid, pid, &list);
	assert_int_equal(list.count, 0);
	free(list.pids);
}

static rlim_t soft_limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit.rlim_cur;
}

static void the_limit_of_files_is_raised_for_us_alone(void **state)
{
	(void)state;
	struct rlimit limit = {.rlim_cur = 50, .rlim_max = 200};

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	process_restore_files(); /* nothing to put back yet */
	assert_int_equal(soft_limit(), 50);
	assert_int_equal(process_raise_files(40), 50);
	assert_int_equal(process_raise_files(100), 100);
	assert_int_equal(soft_limit(), 100);
	process_restore_files();
	assert_int_equal(soft_limit(), 50);
	assert_int_equal(process_raise_files(0), 100);
	assert_int_equal(process_raise_files(1000), 200);
	assert_int_equal(soft_limit(), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_of_every_thread_are_found),
		cmocka_unit_test(a_process_that_is_gone_has_no_children),
		cmocka_unit_test(the_limit_of_files_is_raised_for_us_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

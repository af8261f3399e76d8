#include "base_test.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/workers.h"

struct job {
	struct work work; /* first: the worker gets this address */
	int input, output;
	atomic_int *gate; /* waited for, if there is one */
};

static void pause_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static void square(struct work *work)
{
	struct job *job = (struct job *)work;

	while (job->gate && !atomic_load(job->gate))
		pause_ms(1);
	job->output = job->input * job->input;
}

static bool is_readable(const struct workers *workers, int timeout_ms)
{
	struct pollfd fd = {.fd = workers_fd(workers), .events = POLLIN};

	return poll(&fd, 1, timeout_ms) == 1;
}

static struct workers *new_workers(unsigned count)
{
	struct err err = {0};
	struct workers *workers = workers_new(count, &err);

	assert_non_null(workers);
	return workers;
}

static void every_request_is_answered_once(void **state)
{
	(void)state;
	enum {
		COUNT = 5000
	};
	struct workers *workers = new_workers(3);
	struct job *jobs = calloc(COUNT, sizeof *jobs);

	for (int i = 0; i < COUNT; i++) {
		jobs[i] = (struct job){.work = {.run = square}, .input = i};
		workers_submit(workers, &jobs[i].work);
	}
	for (int i = 0; i < COUNT;) {
		assert_true(is_readable(workers, 10000));
		struct work *work;
		while ((work = workers_collect(workers))) {
			struct job *job = (struct job *)work;
			assert_int_equal(job->output, job->input * job->input);
			job->output = -1; /* no second time */
			i++;
		}
	}
	assert_null(workers_collect(workers));
	assert_false(is_readable(workers, 0));
	workers_free(workers);
	free(jobs);
}

static void the_descriptor_is_readable_exactly_while_there_are_answers(void **state)
{
	(void)state;
	struct workers *workers = new_workers(1);
	atomic_int gate = 0;
	struct job jobs[2] = {{.work = {.run = square}, .gate = &gate}, {.work = {.run = square}}};

	assert_false(is_readable(workers, 0));
	assert_null(workers_collect(workers));
	workers_submit(workers, &jobs[0].work);
	workers_submit(workers, &jobs[1].work);
	assert_false(is_readable(workers, 30));
	atomic_store(&gate, 1);
	assert_true(is_readable(workers, 10000));
	assert_ptr_equal(workers_collect(workers), &jobs[0].work);
	assert_true(is_readable(workers, 10000));
	assert_ptr_equal(workers_collect(workers), &jobs[1].work);
	assert_false(is_readable(workers, 0));
	workers_free(workers);
}

static void an_answered_request_can_be_submitted_again(void **state)
{
	(void)state;
	struct workers *workers = new_workers(2);
	struct job job = {.work = {.run = square}};

	for (int i = 0; i < 500; i++) {
		job.input = i;
		workers_submit(workers, &job.work);
		assert_true(is_readable(workers, 10000));
		assert_ptr_equal(workers_collect(workers), &job.work);
		assert_int_equal(job.output, i * i);
	}
	workers_free(workers);
}

struct loop_check {
	size_t count, slice;
	unsigned char *seen;
	atomic_size_t calls;
};

static void mark(void *ctx, size_t first, size_t last)
{
	struct loop_check *check = ctx;

	assert(first < last && last <= check->count && last - first <= check->slice);
	for (size_t i = first; i < last; i++)
		check->seen[i]++; /* two threads here at once would be a race */
	atomic_fetch_add(&check->calls, 1);
}

static void a_loop_reaches_every_index_once(void **state)
{
	(void)state;
	const size_t counts[] = {0, 1, 2, 7, 64, 65, 1000, 100003}, slices[] = {1, 3, 64, 1000000};
	struct workers *workers = new_workers(3);

	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		for (size_t s = 0; s < sizeof slices / sizeof *slices; s++) {
			struct loop_check check = {.count = counts[c], .slice = slices[s]};
			check.seen = calloc(1, counts[c] + 1);
			workers_for(workers, counts[c], slices[s], mark, &check);
			for (size_t i = 0; i < counts[c]; i++)
				assert_int_equal(check.seen[i], 1);
			assert_int_equal(check.calls, (counts[c] + slices[s] - 1) / slices[s]);
			free(check.seen);
		}
	}
	workers_free(workers);
}

static void a_slice_of_zero_is_one(void **state)
{
	(void)state;
	struct workers *workers = new_workers(1);
	struct loop_check check = {.count = 10, .slice = 1, .seen = calloc(1, 10)};

	workers_for(workers, 10, 0, mark, &check);
	assert_int_equal(check.calls, 10);
	free(check.seen);
	workers_free(workers);
}

static void loops_and_requests_get_along(void **state)
{
	(void)state;
	struct workers *workers = new_workers(2);
	struct job jobs[20];
	struct loop_check check = {.count = 1000, .slice = 10, .seen = calloc(1, 1000)};

	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 20; i++) {
			jobs[i] = (struct job){.work = {.run = square}, .input = i};
			workers_submit(workers, &jobs[i].work);
		}
		workers_for(workers, check.count, check.slice, mark, &check);
		for (int i = 0; i < 20;) {
			assert_true(is_readable(workers, 10000));
			while (workers_collect(workers))
				i++;
		}
	}
	for (size_t i = 0; i < check.count; i++)
		assert_int_equal(check.seen[i], 100);
	free(check.seen);
	workers_free(workers);
}

static void a_loop_does_not_wait_for_requests(void **state)
{
	(void)state;
	struct workers *workers = new_workers(1);
	atomic_int gate = 0;
	struct job job = {.work = {.run = square}, .gate = &gate};
	struct loop_check check = {.count = 100, .slice = 1, .seen = calloc(1, 100)};

	workers_submit(workers, &job.work); /* keeps the only worker busy until we open the gate */
	alarm(10);
	workers_for(workers, 100, 1, mark, &check);
	alarm(0);
	assert_int_equal(check.calls, 100);
	atomic_store(&gate, 1);
	workers_free(workers);
	free(check.seen);
}

static void take_long(struct work *work)
{
	struct job *job = (struct job *)work;

	atomic_store(job->gate, 1);
	pause_ms(50);
	job->output = 1;
}

static void freeing_waits_for_what_runs_and_drops_the_rest(void **state)
{
	(void)state;
	struct workers *workers = new_workers(1);
	atomic_int has_begun = 0;
	struct job jobs[3];

	for (int i = 0; i < 3; i++) {
		jobs[i] = (struct job){.work = {.run = take_long}, .gate = &has_begun};
		workers_submit(workers, &jobs[i].work);
	}
	while (!atomic_load(&has_begun))
		pause_ms(1);
	workers_free(workers);
	assert_int_equal(jobs[0].output, 1);
	assert_int_equal(jobs[1].output, 0);
	assert_int_equal(jobs[2].output, 0);
	workers_free(NULL);
}

static void look_at_mask(struct work *work)
{
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	((struct job *)work)->output = sigismember(&set, SIGTERM) && sigismember(&set, SIGINT) &&
				       sigismember(&set, SIGCHLD);
}

static void signals_are_not_for_workers(void **state)
{
	(void)state;
	struct workers *workers = new_workers(1);
	struct job job = {.work = {.run = look_at_mask}};
	sigset_t set;

	workers_submit(workers, &job.work);
	assert_true(is_readable(workers, 10000));
	assert_ptr_equal(workers_collect(workers), &job.work);
	assert_true(job.output);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	assert_false(sigismember(&set, SIGTERM)); /* the owner's mask is as it was */
	workers_free(workers);
}

static void look_at_processors(struct work *work)
{
	cpu_set_t own, all;

	((struct job *)work)->output = sched_getaffinity(0, sizeof own, &own) == 0 &&
				       sched_getaffinity(getpid(), sizeof all, &all) == 0 &&
				       CPU_EQUAL(&own, &all);
}

static void workers_may_use_every_processor(void **state)
{
	(void)state;
	struct workers *workers = new_workers(1);
	struct job job = {.work = {.run = look_at_processors}};

	workers_submit(workers, &job.work);
	assert_true(is_readable(workers, 10000));
	assert_ptr_equal(workers_collect(workers), &job.work);
	assert_true(job.output);
	workers_free(workers);
}

static void no_workers_at_all_are_one(void **state)
{
	(void)state;
	struct workers *workers = new_workers(0);
	struct job job = {.work = {.run = square}, .input = 3};

	workers_submit(workers, &job.work);
	assert_true(is_readable(workers, 10000));
	assert_ptr_equal(workers_collect(workers), &job.work);
	assert_int_equal(job.output, 9);
	workers_free(workers);
	workers_free(new_workers(4)); /* never used: no threads */
}

static bool work_without_threads(void)
{
	const struct rlimit none = {0, 0};
	struct err err = {0};
	struct job job = {.work = {.run = square}, .input = 4};
	struct loop_check check = {.count = 100, .slice = 3, .seen = calloc(1, 100)};

	if (setrlimit(RLIMIT_NPROC, &none) < 0)
		return false;
	struct workers *workers = workers_new(2, &err);
	workers_submit(workers, &job.work);
	bool ok = is_readable(workers, 0) && workers_collect(workers) == &job.work;
	workers_for(workers, 100, 3, mark, &check);
	workers_free(workers);
	ok = ok && job.output == 16 && check.calls == 34;
	free(check.seen);
	return ok;
}

static void where_no_thread_can_be_had_the_owner_does_the_work(void **state)
{
	(void)state;
	assert_true(test_as_nobody(work_without_threads));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_is_answered_once),
		cmocka_unit_test(the_descriptor_is_readable_exactly_while_there_are_answers),
		cmocka_unit_test(an_answered_request_can_be_submitted_again),
		cmocka_unit_test(a_loop_reaches_every_index_once),
		cmocka_unit_test(a_slice_of_zero_is_one),
		cmocka_unit_test(loops_and_requests_get_along),
		cmocka_unit_test(a_loop_does_not_wait_for_requests),
		cmocka_unit_test(freeing_waits_for_what_runs_and_drops_the_rest),
		cmocka_unit_test(signals_are_not_for_workers),
		cmocka_unit_test(workers_may_use_every_processor),
		cmocka_unit_test(no_workers_at_all_are_one),
		TEST_IN_DIR(where_no_thread_can_be_had_the_owner_does_the_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

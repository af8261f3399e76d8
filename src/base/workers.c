#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

/* One loop that several threads share, by slices. It lives on the owner's stack: nobody holds it
 * once `users` is 0 and workers->loop no longer leads to it. */
struct loop {
	atomic_size_t next;
	size_t count, slice;
	void (*fn)(void *ctx, size_t first, size_t last);
	void *ctx;
	unsigned users; /* workers inside; under the lock */
};

struct queue {
	struct work *head, **tail;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t wake;     /* there is something to do, or the end has come */
	pthread_cond_t left;     /* the last worker has left the loop */
	struct queue todo, done; /* under the lock */
	struct loop *loop;       /* under the lock */
	bool is_ending;          /* under the lock */
	int event;               /* readable exactly while `done` holds something */
	unsigned count;          /* wanted */
	unsigned started;
	bool has_failed; /* no more can be started */
	cpu_set_t home;  /* what the owner may use as the first is started; empty: not known */
	pthread_t threads[];
};

static void queue_init(struct queue *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
}

static void queue_add(struct queue *queue, struct work *work)
{
	work->next = NULL;
	*queue->tail = work;
	queue->tail = &work->next;
}

static struct work *queue_take(struct queue *queue)
{
	struct work *work = queue->head;

	if (!work)
		return NULL;
	queue->head = work->next;
	if (!queue->head)
		queue->tail = &queue->head;
	work->next = NULL;
	return work;
}

static void event_set(struct workers *workers)
{
	const uint64_t one = 1;

	while (write(workers->event, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static void event_clear(struct workers *workers)
{
	uint64_t value;

	while (read(workers->event, &value, sizeof value) < 0 && errno == EINTR)
		;
}

/* Under the lock. */
static void answer(struct workers *workers, struct work *work)
{
	bool was_empty = !workers->done.head;

	queue_add(&workers->done, work);
	if (was_empty)
		event_set(workers);
}

static bool loop_has_more(const struct loop *loop)
{
	return atomic_load_explicit(&loop->next, memory_order_relaxed) < loop->count;
}

static void loop_run(struct loop *loop)
{
	for (;;) {
		size_t first = atomic_load_explicit(&loop->next, memory_order_relaxed), last;
		do {
			if (first >= loop->count)
				return;
			last = loop->count - first > loop->slice ? first + loop->slice
								 : loop->count;
		} while (!atomic_compare_exchange_weak_explicit(
			&loop->next, &first, last, memory_order_relaxed, memory_order_relaxed));
		loop->fn(loop->ctx, first, last);
	}
}

static void *worker_main(void *arg)
{
	struct workers *workers = arg;

	if (CPU_COUNT(&workers->home) > 0)
		(void)sched_setaffinity(0, sizeof workers->home, &workers->home);
	pthread_mutex_lock(&workers->lock);
	while (!workers->is_ending) {
		struct loop *loop = workers->loop;
		struct work *work;
		if (loop && loop_has_more(loop)) {
			loop->users++;
			pthread_mutex_unlock(&workers->lock);
			loop_run(loop);
			pthread_mutex_lock(&workers->lock);
			if (--loop->users == 0)
				pthread_cond_signal(&workers->left);
		} else if ((work = queue_take(&workers->todo))) {
			pthread_mutex_unlock(&workers->lock);
			work->run(work);
			pthread_mutex_lock(&workers->lock);
			answer(workers, work);
		} else {
			pthread_cond_wait(&workers->wake, &workers->lock);
		}
	}
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

/* A thread begins on another processor than its owner's, and may go anywhere then. Left to itself
 * it begins behind its owner in most virtual machines: there Linux holds a processor that is idle
 * for one that the host has taken away (available_idle_cpu), and moves the thread only when load is
 * balanced, after 4 to 20 ms, which is as long as a whole run in which nothing has to run. */
static void begin_elsewhere(struct workers *workers, pthread_attr_t *attr)
{
	int here = sched_getcpu();

	/* Threads that were started read it. */
	if (workers->started == 0 && sched_getaffinity(0, sizeof workers->home, &workers->home) < 0)
		CPU_ZERO(&workers->home);
	cpu_set_t others = workers->home;
	if (here >= 0)
		CPU_CLR((size_t)here, &others);
	if (CPU_COUNT(&others) > 0)
		(void)pthread_attr_setaffinity_np(attr, sizeof others, &others);
}

/* Up to so many. Where not all threads can be had, fewer do; where none can, the owner does the
 * work itself. */
static void start_threads(struct workers *workers, unsigned count)
{
	sigset_t all, old;
	pthread_attr_t attr;

	if (workers->has_failed || workers->started >= count)
		return;
	pthread_attr_init(&attr);
	begin_elsewhere(workers, &attr);
	sigfillset(&all); /* signals are the owner's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (workers->started < count && !workers->has_failed) {
		pthread_t *thread = &workers->threads[workers->started];
		workers->has_failed = pthread_create(thread, &attr, worker_main, workers) != 0 &&
				      pthread_create(thread, NULL, worker_main, workers) != 0;
		workers->started += !workers->has_failed;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

struct workers *workers_new(unsigned count, struct err *err)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (event < 0) {
		err_sys(err, errno, "create", "eventfd");
		return NULL;
	}
	if (count == 0)
		count = 1;
	struct workers *workers = mem_alloc(sizeof *workers + count * sizeof *workers->threads);
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->wake, NULL);
	pthread_cond_init(&workers->left, NULL);
	queue_init(&workers->todo);
	queue_init(&workers->done);
	workers->event = event;
	workers->count = count;
	return workers;
}

void workers_submit(struct workers *workers, struct work *work)
{
	start_threads(workers, workers->count);
	if (workers->started == 0)
		work->run(work);
	pthread_mutex_lock(&workers->lock);
	if (workers->started == 0) {
		answer(workers, work);
	} else {
		queue_add(&workers->todo, work);
		pthread_cond_signal(&workers->wake);
	}
	pthread_mutex_unlock(&workers->lock);
}

struct work *workers_collect(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	struct work *work = queue_take(&workers->done);
	if (work && !workers->done.head)
		event_clear(workers);
	pthread_mutex_unlock(&workers->lock);
	return work;
}

int workers_fd(const struct workers *workers)
{
	return workers->event;
}

void workers_for(struct workers *workers, size_t count, size_t slice,
	void (*fn)(void *ctx, size_t first, size_t last), void *ctx)
{
	struct loop loop = {.count = count, .slice = slice ? slice : 1, .fn = fn, .ctx = ctx};

	if (count <= loop.slice) {
		if (count > 0)
			fn(ctx, 0, count);
		return;
	}
	/* First the loop: a thread that finds nothing to do goes to sleep, and is awakened on this
	 * processor. */
	pthread_mutex_lock(&workers->lock);
	workers->loop = &loop;
	pthread_cond_broadcast(&workers->wake);
	pthread_mutex_unlock(&workers->lock);
	start_threads(workers, workers->count - 1); /* the owner is one more */

	loop_run(&loop);

	pthread_mutex_lock(&workers->lock);
	workers->loop = NULL;
	while (loop.users > 0)
		pthread_cond_wait(&workers->left, &workers->lock);
	pthread_mutex_unlock(&workers->lock);
}

void workers_free(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->is_ending = true;
	pthread_cond_broadcast(&workers->wake);
	pthread_mutex_unlock(&workers->lock);
	for (unsigned i = 0; i < workers->started; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->left);
	pthread_cond_destroy(&workers->wake);
	pthread_mutex_destroy(&workers->lock);
	close(workers->event);
	free(workers);
}

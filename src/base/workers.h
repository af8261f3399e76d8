/* Threads that answer requests. One thread (the owner) submits and collects; workers see only the
 * request they are given. Each answered request makes workers_fd() readable. */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include <stddef.h>

struct workers;
struct err;

/* From so much work on it pays to hand it to workers. Tests have little of everything: what
 * ThreadSanitizer looks at is handed over however little it is, or it would hardly see a thread. */
#ifdef __SANITIZE_THREAD__
#define WORTH_A_WORKER(amount) 1
#else
#define WORTH_A_WORKER(amount) (amount)
#endif

struct work {
	void (*run)(struct work *work); /* in a worker; touches only what belongs to this request */
	struct work *next;              /* of the queue; untouched by the user */
};

/* Threads start when they are first needed. Where none can be had, the owner does the work
 * itself. */
struct workers *workers_new(unsigned count, struct err *err);
void workers_submit(struct workers *workers, struct work *work);
/* An answered request, NULL if none is ready. */
struct work *workers_collect(struct workers *workers);
/* For poll: readable exactly while there is something to collect. */
int workers_fd(const struct workers *workers);
/* Runs fn(ctx, first, last) for slices first..last-1 of 0..count-1 on all workers and this thread,
 * and returns when all are done. It does not wait for requests that are still running. A single
 * slice runs here, without a thread. */
void workers_for(struct workers *workers, size_t count, size_t slice,
	void (*fn)(void *ctx, size_t first, size_t last), void *ctx);
void workers_free(struct workers *workers); /* waits for what runs; drops what does not */

#endif

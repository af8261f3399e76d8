/* Threads that answer requests. One thread (the owner) submits and collects; workers see only the
 * request they are given. Each answered request makes workers_fd() readable. */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include <stddef.h>

struct workers;
struct err;

struct work {
	void (*run)(struct work *work); /* in a worker; touches only what belongs to this request */
	struct work *next;              /* of the queue; untouched by the user */
};

struct workers *workers_new(unsigned count, struct err *err); /* threads start at the first submit */
void workers_submit(struct workers *workers, struct work *work);
struct work *workers_collect(struct workers *workers); /* an answered request, NULL if none is ready */
int workers_fd(const struct workers *workers);         /* for poll; drained by workers_collect */
/* Runs fn(ctx, i) for slices of 0..count-1 on all workers and this thread, and returns when all are done. */
void workers_for(struct workers *workers, size_t count, size_t slice,
	void (*fn)(void *ctx, size_t first, size_t last), void *ctx);
void workers_free(struct workers *workers); /* waits for what runs; drops what does not */

#endif

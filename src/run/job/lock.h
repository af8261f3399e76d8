/* The job's lock: one runner a job. A lock of the open file description (fcntl F_OFD_SETLK) on a
 * file that is never unlinked: it needs no human, the kernel drops it with the process. The file's
 * text tells who holds it. */
#ifndef RUN_LOCK_H
#define RUN_LOCK_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct graph;

/* Takes the lock (the job's directories are made first) and returns its descriptor, which is also
 * the probe for stamps_probe; closing it releases the lock. If another holds it: wait false gives
 * EXIT_WORLD, else waiting(ctx, who) is called once and the call waits. For the processes of a run
 * that was killed it waits in any case, some seconds. The wait ends with -1 and
 * err->code EXIT_OK when stop_fd is readable (a signal came); -1: it cannot be ended. */
int job_lock(const struct graph *graph, bool wait, void (*waiting)(void *ctx, const char *who),
	void *ctx, int stop_fd, struct err *err);

/* Is it still ours? The server of a network file system gives it to others if it has heard nothing
 * of us for some time: then what we write fails, or the lock is another's. -1 with err. */
int job_lock_check(const struct graph *graph, int fd, struct err *err);

/* A descriptor (O_PATH) of the job's directory, which is there. It may be reached through links:
 * the user's own. */
int job_open(const struct graph *graph, struct err *err);

/* Does somebody hold it? Then 1, and who ("pid 1234 on host since 2025-11-27 14:09:15"). Takes
 * nothing and writes nothing. */
int job_lock_held(const struct graph *graph, char *who, size_t size);

#endif

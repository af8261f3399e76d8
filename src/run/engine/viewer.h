/* Asking for views (record/judge/views.h): what a view prints of a file is digested as it comes, by
 * an executor. Each pair is asked for once, wherever its file lies. */
#ifndef RUN_VIEWER_H
#define RUN_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

struct digest;
struct err;
struct exec;
struct exec_event;
struct exec_kind;
struct graph;
struct viewer;
struct views;

/* Told of a view that failed, and why: from now on the bytes of that file count. */
typedef void viewer_failed(void *ctx, uint32_t file, const char *why);

struct viewer *viewer_new(const struct graph *graph, struct views *views, viewer_failed *failed,
	void *ctx); /* failed may be NULL */
void viewer_free(struct viewer *viewer);
/* Wants to know what the file's view prints of what lies at `path`, which has that content. True:
 * that is known. Else `stage` is given by viewer_step when it is. */
bool viewer_want(struct viewer *viewer, uint32_t file, const char *path,
	const struct digest *content, uint32_t stage);
/* Starts what is wanted, some at once. -1 with err: nothing can be started. */
int viewer_start(
	struct viewer *viewer, const struct exec_kind *kind, struct exec *exec, struct err *err);
/* A stage of which something that it waited for is known; NONE: none. */
uint32_t viewer_step(struct viewer *viewer);
/* Is the event about a view? */
bool viewer_own(const struct exec_event *event);
/* Takes it in. Others may be started then. */
void viewer_take(struct viewer *viewer, const struct exec_event *event);
/* Kills those that run: they are not known, and nobody waits for them any more. */
void viewer_stop(struct viewer *viewer, const struct exec_kind *kind, struct exec *exec);
/* Waits for one, for those who have nothing else to do. Ends early when stop_fd is readable. -1
 * with err. */
int viewer_ask(struct viewer *viewer, uint32_t file, const char *path, const struct digest *content,
	const struct exec_kind *kind, struct exec *exec, int stop_fd, struct err *err);

/* For judges that may ask (judge.see), one at a time: of files at their final places. */
struct viewer_sight {
	struct viewer *viewer;
	struct exec *exec; /* NULL until one is asked for; owned */
	int stop_fd;       /* -1: none */
	struct err *err;   /* gets what is wrong */
};
bool viewer_see(void *sight, uint32_t file, const struct digest *content);
void viewer_sight_end(struct viewer_sight *sight);

#endif

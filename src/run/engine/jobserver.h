/* A client of GNU make's jobserver, in both of its forms: a pipe (MAKEFLAGS has
 * --jobserver-auth=R,W, or --jobserver-fds=R,W of make before 4.2) and a fifo
 * (--jobserver-auth=fifo:PATH, make 4.4).
 * Source: the chapter "Sharing Job Slots with GNU make" of its manual.
 *
 * One stage at a time needs no token: whoever started us has one for us. Each further one takes a
 * token (a byte) and gives back the same byte when it has ended. */
#ifndef RUN_JOBSERVER_H
#define RUN_JOBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct jobpool;
struct jobserver;

/* From the text of MAKEFLAGS (NULL: none). NULL if it names no jobserver, or one that cannot be
 * used: then
 * *why is a static text if there was one, else NULL. */
struct jobserver *jobserver_new(const char *makeflags, const char **why);
/* Takes a token without waiting; false if there is none now. */
bool jobserver_take(struct jobserver *server);
void jobserver_give(struct jobserver *server); /* gives one back; none held: does nothing */
size_t jobserver_held(const struct jobserver *server);
int jobserver_fd(const struct jobserver *server); /* readable when there may be a token */
void jobserver_free(struct jobserver *server);    /* gives back all that are held */

/* The server of GNU make's jobserver protocol: a pool of job slots that a run shares with the
 * programs that its stages start. make, ninja, cargo, gcc and restage itself below a stage find it
 * in MAKEFLAGS and take a slot for each further job, so that all of them together never run more
 * than the pool allows. The run takes its own slots from it as a client: one stage is
 * free, each further one takes a token, and a program in a stage starts from the slot of its stage.
 * Source: the chapter "Sharing Job Slots with GNU make" of make's manual. */
enum jobpool_style {
	JOBPOOL_NONE,
	JOBPOOL_PIPE, /* two inherited descriptors: any make, cargo, gcc */
	JOBPOOL_FIFO, /* a path: make 4.4, ninja 1.13, gcc 13, cargo of 2023, and later ones */
};

/* slots: jobs at once, at least 1. path: absolute, where the fifo is made; what a killed run left
 * there is replaced. NULL with err: EXIT_WORLD. */
struct jobpool *jobpool_new(
	enum jobpool_style style, uint32_t slots, const char *path, struct err *err);
/* The run's own client. It is the pool's. */
struct jobserver *jobpool_client(const struct jobpool *pool);
/* The descriptors that stages inherit as WARDEN_SHARED_FD and the next number; NULL: none, a path
 * is enough. */
const int *jobpool_shared(const struct jobpool *pool);
/* MAKEFLAGS for a stage: given (NULL: none) with the pool in place of other jobservers and -j. */
const char *jobpool_makeflags(const struct jobpool *pool, struct arena *arena, const char *given);
/* Nothing of a stage is left, and the client holds nothing: all tokens must be there. Puts back
 * those that a killed program took with it, takes out those that one gave too many. */
void jobpool_refill(struct jobpool *pool);
void jobpool_free(struct jobpool *pool); /* removes the fifo */

#endif

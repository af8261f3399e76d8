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

#endif

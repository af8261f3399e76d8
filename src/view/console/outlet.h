/* What goes to stderr while a run goes on, which must never wait for whoever reads it: a pager that
 * somebody has left, a terminal that was stopped by Ctrl-S. What is not taken at once is kept, up
 * to a bound; beyond it, whole writes are left out and counted. One a process. */
#ifndef VIEW_OUTLET_H
#define VIEW_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

/* Never waits. ctx: not used. What fails is lost: nobody is left to tell. */
void outlet_write(void *ctx, const char *data, size_t len);
/* Goes on with what is kept. Returns in how many ms to call again, -1: nothing is kept. */
int outlet_drain(void *ctx);
/* Writes what is kept and waits for its reader; but not for long if somebody wants an end. */
void outlet_end(bool is_hurried);

#endif

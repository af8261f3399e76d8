/* Signals of a run, turned into something to poll: INT, TERM, HUP, QUIT. */
#ifndef RUN_SIGNALS_H
#define RUN_SIGNALS_H

#include <signal.h>

struct err;

struct signals {
	int fd;             /* readable when one came; -1 before signals_take */
	sigset_t old;       /* the mask before */
	volatile int first; /* the first one that came; 0: none */
	int count;
};

/* Blocks them (also in threads started later) and makes fd. A signal that the parent ignored for us
 * (nohup) stays ignored. SIGPIPE is ignored until signals_give. */
int signals_take(struct signals *signals, struct err *err);
/* The next one that came, 0 if none. */
int signals_next(struct signals *signals);
void signals_give(struct signals *signals); /* as it was before */

#endif

/* Where `restage logs` writes to. On a terminal, what does not fit on it opens lnav or else the
 * user's pager; otherwise, and where neither can be started, it is printed. */
#ifndef CMD_LOGS_PAGER_H
#define CMD_LOGS_PAGER_H

#include <stdbool.h>

#include "base/buf.h"
#include "view/words/logsafe.h"

struct call;
struct logset;

struct pager {
	struct call *call;
	const struct logset *files; /* for lnav; NULL: what is written is no whole files */
	bool is_terminal;           /* which gets nothing that it would obey */
	bool may_fit;               /* it fits so far, and nothing of it was passed on */
	struct logsafe safe;
	struct buf shown; /* to be passed on */
};

/* is_plain: it is only printed, into a file or a pipe byte by byte. The set lives on. */
void pager_open(struct pager *pager, struct call *call, const struct logset *files, bool is_plain);
/* False: no more is wanted. May not return: this process becomes the viewer then, and ends with its
 * exit code. */
bool pager_write(struct pager *pager, const struct buf *text);
void pager_close(struct pager *pager);

#endif

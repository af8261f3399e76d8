/* Text outputs that name the work directory: the path leads nowhere when the stage has ended, and
 * has other bytes in another job. They are looked at while they are read for their digest anyway,
 * the first of it, and nothing more once one is found. */
#ifndef RUN_NAMED_H
#define RUN_NAMED_H

#include "base/buf.h"
#include "base/digest.h"

struct arena;

/* The outputs of an attempt; all zero: none yet. */
struct named {
	struct digest_watch watch; /* first: it is cast back */
	const char *needle;        /* what stands in each path of the work directory */
	struct buf tail;           /* of the piece before, in which it may begin */
	struct buf found;          /* the output that names it; empty: none */
	const char *path;          /* of the one that is read */
	size_t seen;               /* of that file */
	size_t left;               /* that may be seen of all */
};

void named_begin(struct named *named, const char *work_dir); /* borrowed */
/* For whoever reads the output of that path next; NULL: nothing more is to be seen. */
struct digest_watch *named_watch(struct named *named, const char *path);
/* The path of an output, or of a file in it, that names the work directory; NULL. Frees the
 * rest. */
const char *named_end(struct named *named, struct arena *arena);

#endif

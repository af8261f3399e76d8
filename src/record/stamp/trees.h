/* Listings of directories, each once in a file named by the directory's digest, in the job's
 * .restage/trees: so that a reason can name what changed in a directory. They are a cache; a
 * listing that does not have the digest that its name says is none. Safe in any thread. */
#ifndef RECORD_TREES_H
#define RECORD_TREES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

struct buf;
struct listing;

/* Writes it unless it is there; also if a file was read for it, whose times the next reading goes
 * by. state_fd: the job's .restage; -1: nothing is kept. Is there one now? What cannot be written
 * is not kept. */
bool trees_keep(int state_fd, const struct digest *sum, const struct listing *listing);
/* dir: the path of the listings. False: there is none, and nothing to free. */
bool trees_find(const char *dir, const struct digest *sum, struct listing *out);
/* Appends what differs: "a/b (+2 more)", "c is new". Nothing, if nothing does. */
void trees_tell(const struct listing *was, const struct listing *now, struct buf *out);

/* Removing those that nobody needs: the digests of those that are there, sorted; each that is
 * needed is named, then the others go. */
struct trees {
	int fd;
	struct digest *sums;
	bool *is_needed;
	size_t count, needed;
};

/* Also removes what was left half written: only the holder of the job's lock may. */
void trees_open(struct trees *trees, int state_fd);
void trees_need(struct trees *trees, const struct digest *sum);
void trees_remove_others(struct trees *trees);
void trees_close(struct trees *trees);

#endif

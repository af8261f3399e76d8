/* The parts of the state index, for its own files only. */
#ifndef RECORD_INDEX_PART_H
#define RECORD_INDEX_PART_H

#include <stddef.h>
#include <sys/uio.h>

#include "record/index/index.h"

/* Of bytes, and of that digest: see the top of index.h. */
struct index_digests {
	struct digest digest, seal;
};
struct index_digests index_digest(
	const struct digest *before, const struct iovec *parts, size_t count);

/* index_tail.c: takes in the records that follow the whole in its file, as far as they are
 * whole. */
void index_take_records(struct index *index, const char *file, size_t len);

#endif

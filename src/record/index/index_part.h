/* The parts of the state index, for its own files only. */
#ifndef RECORD_INDEX_PART_H
#define RECORD_INDEX_PART_H

#include "record/index/index.h"

struct buf;

/* Binds a stage's entry to what the index says of its files, so that no damage to a part of the index can
 * make a stage look up to date that would not be.
 * bytes: room to work in. */
struct digest index_guard(const struct index *index, uint32_t stage, struct buf *bytes);

/* index_tail.c: takes in the records that follow the whole in its file, as far as they are whole. */
void index_take_records(struct index *index, const char *file, size_t len);

#endif

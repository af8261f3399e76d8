/* The parts of the state index, for its own files only. */
#ifndef RECORD_INDEX_PART_H
#define RECORD_INDEX_PART_H

#include "record/index/index.h"

struct buf;

/* Each binds a part to its number, so that none can stand in another's place. bytes: room to work in. */
uint64_t index_check_file(const struct index *index, uint32_t file, struct buf *bytes);
uint64_t index_check_version(const struct index *index, uint32_t version);
struct digest index_guard(const struct index *index, uint32_t stage, struct buf *bytes);

struct digest index_digest_sources(const struct index *index);

/* index_tail.c: takes in the records that follow the whole in its file, as far as they are whole. */
void index_take_records(struct index *index, const char *file, size_t len);

#endif

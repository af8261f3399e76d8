/* The parts of reading run records, for its own files only: past.c reads lines, past_take.c
 * takes events into the model, past_list.c finds records. */
#ifndef RECORD_PAST_PART_H
#define RECORD_PAST_PART_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "record/runs/past.h"

struct past_reader {
	struct past_run model; /* first: who has the model has the reader */
	struct arena *arena;
	struct buf torn;   /* the beginning of a line whose end has not come yet */
	struct map stages; /* name -> index in model.stages */
	/* texts that come again and again (levels, currencies ...) -> index in texts */
	struct map words;
	const char **texts;
	uint32_t text_count, text_cap;
	uint32_t stage_cap, attempt_cap, note_cap;
	json **kept; /* nodes that the model borrows */
	size_t kept_count, kept_cap;
	bool is_foreign; /* no run record, or one of an unknown schema */
};

/* Takes one event in; the object may be changed. False if it is none that matters. */
bool past_take(struct past_reader *reader, json *event);

#endif

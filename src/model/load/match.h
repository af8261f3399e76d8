/* Whose file? The instances of another stage that {{STAGE.LABEL}} means here. */
#ifndef MODEL_MATCH_H
#define MODEL_MATCH_H

#include "model/load/loader.h"

struct match {
	uint32_t *instances; /* in their order; owned */
	uint32_t count;
	const char *why; /* there is none because of this; in the arena */
	/* the stages whose lists decide which instances there are; owned */
	struct list_maker *waits;
	uint32_t wait_count;
	bool is_open; /* one of the lists is not known */
};

/* `choice` is what stands in brackets behind the stage's name, NULL: nothing. False: told. */
bool match_find(struct expand *x, const struct def_line *at, const struct decl *other,
	const char *choice, struct match *out);

#endif

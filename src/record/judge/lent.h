/* Intermediates that other stages use: they count like outputs, for judging and accepting. Who uses
 * one is said by the definition, and by what the last success of a stage rested on (a depfile, a
 * report). Only those that are kept (`retained = yes`) are there to be used. */
#ifndef RECORD_LENT_H
#define RECORD_LENT_H

#include <stdint.h>

#include "record/judge/judge.h"

/* Finds them all: stamps_is_lent. `basis_of` says what is known of a stage's last success; basis
 * without one: nothing. */
void lent_note(const struct graph *graph, struct stamps *stamps,
	struct basis (*basis_of)(void *ctx, uint32_t stage), void *ctx);
/* The same by manifests, of the stages that need this one. */
void lent_look(
	struct arena *arena, const struct graph *graph, struct stamps *stamps, uint32_t stage);

#endif

/* What the exploration of the scheduler is tried on: all graphs of a few stages of several
 * kinds. */
#ifndef CAMPAIGN_SCHED_CASE_H
#define CAMPAIGN_SCHED_CASE_H

#include "run/engine/sched.h"

#define STAGES_MAX 6

enum kind {
	PLAIN,
	POOLED,
	TWO_THREADS,
	ALLOWED, /* to fail */
	LARGE,   /* memory */
	GPU,
	CONSOLE,
	KINDS,
};

extern struct graph graph;
extern struct stage stages[STAGES_MAX];
extern struct settings settings[KINDS];
extern struct pool pools[1];
extern uint32_t edges[2 * STAGES_MAX * STAGES_MAX], order[STAGES_MAX];
extern bool needs[STAGES_MAX][STAGES_MAX];
extern bool wanted[STAGES_MAX];
extern double remaining[STAGES_MAX];
extern uint32_t count;
extern struct sched_limits limits;
extern bool keep_going;

void case_set_up(void);
bool case_set_kinds(uint32_t number);

#endif

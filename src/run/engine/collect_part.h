/* What collect.c and collect_made.c have in common. */
#ifndef RUN_COLLECT_PART_H
#define RUN_COLLECT_PART_H

#include <stdint.h>

struct attempt_file;
struct run;
struct running;

/* One more of attempt.files, valid until the next. */
struct attempt_file *collect_add(struct running *running);
/* The same, with what is declared of the use. */
struct attempt_file *collect_add_use(struct run *run, struct running *running, uint32_t use);
/* A declared file that is reported too keeps its place, and gets the reported metadata. */
void collect_merge(struct running *running, struct attempt_file *report);

#endif

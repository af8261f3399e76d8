/* Outputs that are temporary, in a run. */
#ifndef RUN_TEMPORARY_H
#define RUN_TEMPORARY_H

#include <stdbool.h>
#include <stdint.h>

struct run;
struct running;

/* Before the stage is judged: those that it makes or reads and that are gone count as they were. */
void temporary_note(struct run *run, uint32_t stage);
/* For whom the stage's are made again, in words; NULL: for nobody. */
const char *temporary_made_for(const struct run *run, uint32_t stage);
/* The stage must run: what it reads and is gone is made first. False: nothing is. *failure, if that
 * cannot be; else the stage waits (it was CHECKING, or SETTLING what was restored). */
bool temporary_make_again(struct run *run, uint32_t stage, const char **failure);
/* Is the output number `index` of attempt.files made again, and there as it was? */
bool temporary_lies_there(struct run *run, const struct running *running, uint32_t index);
/* Need the stage's output number k not be there before one that reads it must run? All that do are
 * judged by its content, and those of this run are looked up in the shared cache first. */
bool temporary_may_wait(const struct run *run, uint32_t stage, uint32_t k);
/* An attempt succeeded; before it is settled: what was made again and is another is judged again by
 * all that read it. */
void temporary_made(struct run *run, const struct running *running);
/* The stage is up to date: what nobody needs any more goes; at the end also what stages that are
 * not part of the run do without. */
void temporary_settled(struct run *run, uint32_t stage);
void temporary_end(struct run *run);
/* Of what no stage reads. */
void temporary_warn(struct run *run, struct running *running);

#endif

/* What came of an attempt, in few words: for the pipeline log and the console. */
#ifndef VIEW_OUTCOME_H
#define VIEW_OUTCOME_H

#include <stdint.h>

struct attempt;
struct buf;
struct run_totals;

/* "exit code 1", "signal 9 (KILL)"; nothing if it ended well or did not end by itself. */
void outcome_exit(struct buf *out, const struct attempt *attempt);
/* What is in the parentheses behind FAILED: "exit code 1, 0.3s", or the duration alone. */
void outcome_failure(struct buf *out, const struct attempt *attempt);
/* "TERM" for 15 ...; NULL if it has no name. */
const char *outcome_signal(int number);
/* "12 selected, 3 ran, 8 up to date, 1 failed": parts that are 0 are left out. */
void outcome_counts(struct buf *out, const struct run_totals *totals);
/* "1 stage", "2 stages": with the plural's s for all but 1. */
void outcome_plural(struct buf *out, uint64_t count, const char *noun);

#endif

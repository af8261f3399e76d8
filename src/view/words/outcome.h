/* What came of an attempt, in few words: for the pipeline log and the console. */
#ifndef VIEW_OUTCOME_H
#define VIEW_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

struct attempt;
struct buf;
struct run_totals;

/* What is in the parentheses behind FAILED: "exit code 1, 0.3s", "killed by SIGKILL, 0.3s", or the
 * duration alone. */
void outcome_failure(struct buf *out, const struct attempt *attempt);
/* Does the one line of what went wrong say more than those parentheses? */
bool outcome_says_more(const char *text);
/* "3 ran, 8 up to date, 1 failed", or "no stages": parts that are 0 are left out. */
void outcome_counts(struct buf *out, const struct run_totals *totals);
/* Did something fail that must not, or was the run ended early? */
bool outcome_is_bad(const struct run_totals *totals);
/* "1 stage", "2 stages": with the plural's s for all but 1. */
void outcome_plural(struct buf *out, uint64_t count, const char *noun);

#endif

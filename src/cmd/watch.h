/* run --watch: the job is run again whenever something changes that it tracks. */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include <stdbool.h>

struct call;
struct err;
struct watch;

struct watch *watch_new(void);
void watch_free(struct watch *watch);

/* Before the job is run: what call->session's graph tracks from now on. False: nothing of it has
 * changed so that a stage would run, the run is not needed. */
bool watch_begin(struct watch *watch, struct call *call, struct err *err);
bool watch_has_begun(const struct watch *watch);
/* After the run: files that only it told of. */
void watch_end(struct watch *watch, struct call *call);
/* Returns 0 when something has changed and has come to rest; or 128 + n after signal n, or
 * EXIT_WORLD, told. Where no definition could be read, it waits for the pipeline file. */
int watch_wait(struct watch *watch, const struct call *call);

#endif

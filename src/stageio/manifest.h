/* The manifest that the library keeps when there is no runner: schema restage.manifest/1, the same
 * that a runner writes. It is told what was reported by the events that a runner would get. */
#ifndef STAGEIO_MANIFEST_H
#define STAGEIO_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "stageio/usage.h"

struct place;

struct manifest {
	json *tree;            /* NULL: not begun */
	int64_t begun_mono_ns; /* 0: by an earlier process */
	struct usage begun;    /* what this process had used, if it began */
	bool is_new;           /* begun by manifest_resume */
	size_t taken, unsaved; /* events */
	int lock;              /* descriptor of the stage's directory, locked; -1 */
};

/* A new one with status `running`, written at once. */
int manifest_begin(struct manifest *manifest, const struct place *place);
/* The one on disk, locked until manifest_free, if it is `running` (or has ended, and with_ended);
 * else a new one. The root of `place` becomes that of the manifest. */
int manifest_resume(struct manifest *manifest, struct place *place, bool with_ended);
/* Takes in an event of that kind; writes now and then. Log and progress are no matter of the
 * manifest. */
int manifest_take(
	struct manifest *manifest, const struct place *place, const char *kind, const json *event);
/* if there is anything new */
int manifest_save(struct manifest *manifest, const struct place *place);
void manifest_free(struct manifest *manifest);

#endif

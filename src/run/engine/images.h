/* Images of containers that are named by a reference: which one that is here, and bringing those
 * here that are not. Each is asked for once in a run, by an executor, and pulled at most once, when
 * the first stage that needs it is to run. */
#ifndef RUN_IMAGES_H
#define RUN_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#define IMAGES_FIRST_ID (UINT64_C(1) << 36) /* of their commands, for the executor */

struct err;
struct exec;
struct exec_event;
struct exec_kind;
struct graph;
struct images;

/* Told of a pull as it goes on. */
typedef void images_told(void *ctx, const char *text);

/* told NULL: nothing is ever pulled. */
struct images *images_new(const struct graph *graph, images_told *told, void *ctx);
void images_free(struct images *images);
/* Wants to know the image of a stage's container, or to have it here; tells whether there is
 * nothing left to wait for. What one stage wants here is known to others only when it is. */
bool images_want(struct images *images, uint32_t stage, bool is_here);
/* Its id, "sha256:..."; NULL: it is not here, or not known. */
const char *images_id(struct images *images, uint32_t stage);
bool images_is_here(struct images *images, uint32_t stage); /* as far as it was asked */
/* Why it cannot be had; NULL: it can. */
const char *images_failure(struct images *images, uint32_t stage);
/* Starts what is wanted. -1 with err: nothing can be started. */
int images_start(
	struct images *images, const struct exec_kind *kind, struct exec *exec, struct err *err);
bool images_busy(const struct images *images);
/* Takes an event of one of their commands in; tells whether more may be started or known now. */
bool images_take(struct images *images, const struct exec_event *event);
void images_stop(struct images *images, const struct exec_kind *kind, struct exec *exec);

#endif

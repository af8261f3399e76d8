/* Versions of tools (version.X of a stage), and of images in whose containers stages run: each
 * distinct version command is run once, by an executor; its output is part of the identity of the
 * stages that name it. */
#ifndef RUN_TOOLS_H
#define RUN_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "run/engine/images.h"

struct tools;

/* Told of a command that could not be started: the stage that asked for it first, and what stands
 * for its output. */
typedef void tools_refused(void *ctx, uint32_t stage, const char *text, const char *output);

/* refused may be NULL; told NULL: no image is pulled. ctx is for both. */
struct tools *tools_new(
	const struct graph *graph, tools_refused *refused, images_told *told, void *ctx);
void tools_grow(struct tools *tools, uint32_t old); /* its graph has more stages than that */
void tools_free(struct tools *tools);
/* Wants to know the versions of a stage's tools; tells whether they are known. */
bool tools_want(struct tools *tools, uint32_t stage);
/* Wants to have the image of the stage's container here; tells whether there is nothing more to
 * wait for, and in *failure why it cannot be had, or NULL. tools_want waits for it, too, from then
 * on. */
bool tools_want_image(struct tools *tools, uint32_t stage, const char **failure);
const char *tools_image_id(struct tools *tools, uint32_t stage); /* NULL: none, or not known */
/* Starts what is wanted, some at once. -1 with err: nothing can be started. */
int tools_start(
	struct tools *tools, const struct exec_kind *kind, struct exec *exec, struct err *err);
/* Is the event about a version command? */
bool tools_own(const struct exec_event *event);
/* Takes it in; tells whether a version is known by it now. Others may be started then. */
bool tools_take(struct tools *tools, const struct exec_kind *kind, struct exec *exec,
	const struct exec_event *event);
/* Kills those that run. */
void tools_stop(struct tools *tools, const struct exec_kind *kind, struct exec *exec);
/* Waits for the tools of a stage, for those who have nothing else to do. -1 with err. */
int tools_ask(struct tools *tools, uint32_t stage, const struct exec_kind *kind, struct exec *exec,
	struct err *err);
/* Outputs in order of stage.versions, NULL where it cannot be known (the image is not here); NULL
 * for a stage without. As long as tools. */
const char *const *tools_versions(struct tools *tools, uint32_t stage);

#endif

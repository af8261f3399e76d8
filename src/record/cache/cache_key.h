/* What a stage's result is known by in the shared cache: SHA-256 of all that it depends on and
 * that is known before it runs. Free of places: another job, checkout or machine of the same kind
 * has the same, and instances of foreach that differ in nothing else share it.
 *
 * The parts of the identity that stages are judged by are in it, so that stages that are judged
 * as two are two here; they are XXH3 digests, which somebody could aim at, so what they are made
 * of is in it too, as text. */
#ifndef RECORD_CACHE_KEY_H
#define RECORD_CACHE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/content.h"

struct buf;
struct graph;
struct record_key_set;
struct stage_finder;

/* A declared input as it is now. */
struct cache_key_input {
	char kind; /* 'f' file, 'x' file that its owner may execute, 'd' directory, '0' not there */
	struct content content;
};

/* Can the result of the stage be had from a cache, as far as its definition tells? It has not a
 * fixed content if it is updated in place, made of what is tracked by time or existence alone, or
 * made anew by its age; and a stage that has the terminal is to be seen. */
bool cache_key_may(const struct graph *graph, uint32_t stage);

/* Is the image known in which it runs, if it runs in one? That may have to be fetched first. */
bool cache_key_has_image(
	const struct graph *graph, uint32_t stage, const char *const *version_outputs);

/* `set`: as it is judged; outputs[] of the version commands in order of stage.versions; inputs[] in
 * the order of the graph. sha256_load comes before. */
struct sha256 cache_key_make(const struct graph *graph, uint32_t stage,
	const struct record_key_set *set, const char *const *version_outputs,
	const struct cache_key_input *inputs);

/* The name of a file that a stage told of, free of places, with its kind in front; and the path in
 * this job that such a name means. Appended. False: there is none. */
bool cache_key_name(struct stage_finder *finder, char kind, const char *path, struct buf *out);
bool cache_key_path(struct stage_finder *finder, const char *name, struct buf *out);

#endif

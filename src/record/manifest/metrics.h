/* The numbers by which results are compared: what stands in the metric files of a stage (`metrics =
 * wer.json`), and what it reported of itself.
 *
 * A metric file is an output, JSON or YAML (its numbers by dotted names), or CSV with a header. Of
 * one row of a CSV the columns are the names; of several the text in the first column goes in front
 * (dev.wer), and where that is a number (a step, an epoch) the last row counts. What is no number
 * is passed over. The label goes in front where a stage has several metric files.
 *
 * Reported are: the numbers in what finalize says (those in its member "metrics" by their own
 * names), and in the metadata of outputs (transcript.segments; the file's name in front where
 * several have the same label or type). A stage has METRICS_MAX numbers at most. */
#ifndef RECORD_METRICS_H
#define RECORD_METRICS_H

#include "base/json.h"
#include "base/map.h"
#include "model/graph/graph.h"

struct arena;
struct attempt;
struct json_writer;
struct record;

#define METRICS_MAX 256
#define METRICS_FILES_MAX 32
#define METRICS_MEMBER "metrics" /* of manifests and run records */

struct metric {
	const char *name;
	double value;
};

struct metrics {
	struct arena *arena;  /* of names; the caller's */
	struct metric *items; /* owned, as names is */
	uint32_t count, cap;
	struct map names;
	bool is_full; /* there were more */
};

/* What is wrong with a metric file, one line: it is no failure of the stage. */
typedef void metrics_mistake(void *ctx, const char *text);

/* All numbers of an attempt whose outputs are at their places. */
void metrics_of_attempt(struct metrics *metrics, const struct attempt *attempt,
	metrics_mistake *mistake, void *ctx);
/* Those of a manifest's or a record's member: what is recorded, or a stage wrote there itself. */
void metrics_of_object(struct metrics *metrics, const json *object);
/* Those of the metric files of a success that was recorded before they were called so. */
void metrics_of_record(struct metrics *metrics, const struct graph *graph, uint32_t stage,
	const struct record *record, metrics_mistake *mistake, void *ctx);
/* The member; nothing if there are none. */
void metrics_write(struct json_writer *w, const struct metrics *metrics);
/* The place of that name, or NULL. */
const struct metric *metrics_find(const struct metrics *metrics, const char *name);
void metrics_free(struct metrics *metrics);

#endif

/* The numbers of jobs, or of a job's runs, beside each other: a row each, with its parameters.
 *
 * restage.metrics/1: of ("jobs" or "runs"), job (of runs), and
 *	rows      objects of job or run, params (name: value), metrics ("asr.wer": number)
 *	changes   only of a comparison: objects of metric, before, after, change; and of param, before,
 *	          after. What there is on one side only is null on the other */
#ifndef VIEW_METRICS_TABLE_H
#define VIEW_METRICS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_write.h"
#include "base/map.h"

struct arena;
struct metrics;

struct metrics_row {
	const char *name;    /* of the job or run */
	double *values;      /* by column; NAN: none; owned */
	const char **params; /* by parameter; NULL: none; owned */
	uint32_t value_cap, param_cap;
};

struct metrics_column {
	const char *name; /* "asr.wer" */
	const char *own;  /* "wer", in it */
};

struct metrics_table {
	struct arena *arena;
	const char *of_runs;            /* the job whose runs the rows are; NULL: they are jobs */
	struct metrics_column *columns; /* in order of first appearance; owned */
	const char **params;            /* names, the same */
	struct metrics_row *rows;       /* owned */
	uint32_t column_count, column_cap, param_count, param_cap, row_count, row_cap;
	struct map column_ids, param_ids;
};

/* Begins a row that has the values of the one before if `goes_on`. */
void metrics_table_row(struct metrics_table *table, const char *name, bool goes_on);
/* To the last row. */
void metrics_table_param(struct metrics_table *table, const char *name, const char *value);
/* The stage's numbers, in the place of those that the row has of it. False: there were none, and
 * are none. */
bool metrics_table_stage(
	struct metrics_table *table, const char *stage, const struct metrics *metrics);
void metrics_table_drop_row(struct metrics_table *table); /* the last one */
void metrics_table_keep_last(struct metrics_table *table, uint32_t count);
/* Columns that match the pattern stay. */
void metrics_table_only(struct metrics_table *table, const char *pattern);
void metrics_table_order_columns(struct metrics_table *table); /* by their names */
/* By a metric ("asr.wer", or "wer" if there is only one) or a parameter; '-' in front: the greatest
 * first. What has no such value comes last. */
int metrics_table_sort(struct metrics_table *table, const char *by, struct err *err);
void metrics_table_free(struct metrics_table *table);

/* Is the parameter not the same in all rows? */
bool metrics_param_differs(const struct metrics_table *table, uint32_t param);
/* NAN: none */
double metrics_value(const struct metrics_row *row, uint32_t column);
const char *metrics_param(const struct metrics_row *row, uint32_t param); /* NULL: none */

/* Returns how many columns were left out. */
uint32_t metrics_text(struct buf *out, const struct metrics_table *table, bool color);
void metrics_csv(struct buf *out, const struct metrics_table *table);
/* With changes between the last two rows, if wanted. */
void metrics_json(struct buf *out, const struct metrics_table *table, bool has_changes);
/* The member "rows". */
void metrics_rows_json(struct json_writer *w, const struct metrics_table *table);
void metrics_changes_text(struct buf *out, const struct metrics_table *table, bool color);

#endif

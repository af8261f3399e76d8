/* The metrics of a run, read from its record without the rest of it: many records are looked at for
 * a trend. */
#ifndef RECORD_RUNS_PAST_METRICS_H
#define RECORD_RUNS_PAST_METRICS_H

#include "base/json.h"

struct past_metrics {
	/* an object of the parameters that the run had; NULL: it did not say */
	void (*params)(void *ctx, const json *params);
	/* of a stage that ran and succeeded; NULL: it had none */
	void (*stage)(void *ctx, const char *stage, const json *metrics);
	void *ctx;
};

/* In the order of the record; what is damaged is passed over. -1: it cannot be read. */
int past_metrics_read(const char *path, const struct past_metrics *take, struct err *err);

#endif

/* What this process used so far, with the children that it waited for. */
#ifndef STAGEIO_USAGE_H
#define STAGEIO_USAGE_H

#include "base/json.h"

struct usage {
	double user, system;      /* seconds of CPU */
	double memory_mb;         /* the most of one process so far */
	double read_mb, write_mb; /* through read and write calls; negative: not known */
};

struct usage usage_now(void);
double usage_resident_mb(void); /* of this process at the moment */
/* The resources of a stage that began with `begun` and took `seconds`: what was measured, then what
 * `reported` has beyond. The caller's; NULL: out of memory. */
json *usage_resources(const struct usage *begun, double seconds, const json *reported);

#endif

/* The graph as the last run left it compiled in the job's index, if it is still what the definition
 * says: then neither INI nor manifests are parsed. */
#ifndef CMD_GRAPH_CACHE_H
#define CMD_GRAPH_CACHE_H

#include <stdbool.h>

#include "base/digest.h"

struct definition_request;
struct index;

/* NULL if there is no such index, or anything is not as it was (the process is where it was then;
 * *notice, static text or NULL, is about an index that cannot be used). Else the process is in the
 * root, and the caller frees with index_free. */
struct index *graph_cache_open(const struct definition_request *request, const char **notice);

/* What the graph of this request in this job is remembered under; the process is in the root. */
struct digest graph_cache_request(
	const struct definition_request *request, const char *file, const char *job_dir);

/* The INI file's absolute path, by which requests from different directories are the same. Caller
 * frees; NULL if it is not there. */
char *graph_cache_file(const struct definition_request *request);

#endif

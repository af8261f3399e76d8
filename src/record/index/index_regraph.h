/* An index of a graph that has grown (model/graph/grow.h), as one of the graph that the definition
 * gives then: the same stages and files by other numbers. */
#ifndef RECORD_INDEX_REGRAPH_H
#define RECORD_INDEX_REGRAPH_H

#include "record/index/index.h"

/* `to` borrows the graph, and is freed with index_regraph_free. A stage whose files are not the
 * same in both has no record in it. */
void index_regraph(const struct index *from, struct graph *graph, struct index *to);
void index_regraph_free(struct index *to);

#endif

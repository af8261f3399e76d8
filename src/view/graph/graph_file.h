/* graph.dot in the job's directory, drawn again by every run that ran something. A listener. */
#ifndef VIEW_GRAPH_FILE_H
#define VIEW_GRAPH_FILE_H

#include "run/engine/listener.h"

/* Never NULL; to be put in the run's list. */
struct listener *graph_file_new(void);

#endif

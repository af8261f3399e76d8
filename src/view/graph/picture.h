/* graph.dot in the job's directory, drawn again by every run that ran something. A listener. */
#ifndef VIEW_PICTURE_H
#define VIEW_PICTURE_H

#include "run/engine/listener.h"

/* Never NULL; to be put in the run's list. */
struct listener *picture_new(void);

#endif

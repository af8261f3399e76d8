/* The part that a stage is in. */
#ifndef STAGEIO_PHASE_H
#define STAGEIO_PHASE_H

#include "stageio.h"

int phase_end(stageio *io); /* tells of it, if there is one; gives a code */

#endif

/* graph.dot in the job's directory, drawn again by every run that ran something. A listener. */
#ifndef VIEW_PICTURE_H
#define VIEW_PICTURE_H

#include "run/engine/listener.h"

struct err;
struct picture;

/* Never NULL. */
struct picture *picture_new(void);
/* To be put in the run's list; lives as long as the picture. */
struct listener *picture_listener(struct picture *picture);
/* 0, or -1 with err filled if graph.dot could not be written. Ask when the run has ended. */
int picture_error(const struct picture *picture, struct err *err);
void picture_free(struct picture *picture);

#endif

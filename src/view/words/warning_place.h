/* Where a stage's log tells of a warning. */
#ifndef VIEW_WARNING_PLACE_H
#define VIEW_WARNING_PLACE_H

#include <stdint.h>

/* The number, from 1, of the first line of <dir>/stage.log that is a warning with this message (its
 * first line); 0 if there is none (any more). Reads the log. */
uint32_t warning_line(const char *dir, const char *message);

#endif

/* Paths as the graph has them. */
#ifndef MODEL_EXPAND_PATH_H
#define MODEL_EXPAND_PATH_H

#include "model/load/loader.h"

/* The normalised form, relative to the root where it lies under it, else absolute. A relative path
 * is relative to `base`, which itself is relative to the root ("": the root). */
void expand_path(struct loader *loader, const char *base, const char *path, struct buf *out);
bool path_is_outside(const char *path);    /* of the root: absolute, as expand_path gives it */
bool path_has_long_name(const char *path); /* a component of over 255 bytes */

#endif

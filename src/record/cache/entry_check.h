/* May files be made as an entry says? Texts alone are looked at. */
#ifndef RECORD_ENTRY_CHECK_H
#define RECORD_ENTRY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "record/cache/entry.h"

/* Is this a relative path without "." and "..", empty names, and more than ENTRY_DEPTH_MAX
 * names? */
bool entry_path_fits(const char *path);
/* Does a link at `path` with this text stay beneath what `path` is relative to? ".." may only
 * stand in front: behind a name, which may be a link itself, nobody knows where it leads. */
bool entry_link_fits(const char *path, const char *target);
/* Is each path there once, and none below what is no directory? */
bool entry_outputs_fit(const struct entry_output *outputs, uint32_t count);
/* Does each link among the outputs of a variant lead to one of them, or into a tree of them?
 * Elsewhere is nothing once they are taken. Links within trees are not looked at. */
bool entry_links_fit(const struct entry_output *outputs, uint32_t count);

#endif

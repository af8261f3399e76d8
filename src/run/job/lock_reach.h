/* Do locks of a file system hold between its machines, as far as its mount tells? */
#ifndef RUN_LOCK_REACH_H
#define RUN_LOCK_REACH_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* The text of /proc/self/mountinfo, and the device of a file: NULL, or the option by which its
 * locks are this machine's alone ("local_lock=all"; borrowed, *len bytes; "no flock" of Lustre). */
const char *lock_reach_find(const char *mountinfo, uint32_t major, uint32_t minor, size_t *len);

/* The same of an open file, which lies in `path`; out gets a sentence that says what to do. 0:
 * nothing is known against it. */
int lock_reach_warn(int fd, const char *path, struct buf *out);

#endif

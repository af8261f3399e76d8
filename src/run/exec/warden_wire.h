/* Between the runner and the warden: a stream socket. Requests are a head, then `size` bytes of
 * strings (file, argv, env, each NUL-terminated), with the descriptors as ancillary data of the
 * head. Answers are struct warden_event as they are: both ends are the same program. */
#ifndef RUN_WARDEN_WIRE_H
#define RUN_WARDEN_WIRE_H

#include <stdint.h>

enum wire_kind {
	WIRE_START,
	WIRE_KILL,
};

struct wire_head {
	uint32_t kind; /* enum wire_kind */
	uint32_t size; /* of the strings behind it */
	uint64_t id;
	uint32_t arg_count, env_count;
	int32_t signal; /* WIRE_KILL */
	uint32_t keeps_terminal;
	uint32_t fd_mask; /* bit n: a descriptor for n comes with the head */
	/* 1 or 2: the warden keeps that descriptor open until the end is told; 0: none */
	uint32_t kept;
};

#define WIRE_SIZE_MAX (64u << 20)
#define WIRE_FD 3      /* the warden's end */
#define WIRE_HELD_FD 4 /* what warden_open gave it, if anything */

#endif

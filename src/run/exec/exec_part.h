/* The parts of exec_local, for its own files only. */
#ifndef RUN_EXEC_PART_H
#define RUN_EXEC_PART_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/process.h"
#include "run/exec/exec.h"

/* Between the runner and the warden: a stream socket. Requests are a head, then `size` bytes of
 * strings (file, dir, argv, env, cleanup, each NUL-terminated), with the descriptors as ancillary
 * data of the head. Answers are struct warden_event as they are: both ends are the same program. */
enum wire_kind {
	WIRE_START,
	WIRE_KILL,
};

struct wire_head {
	uint32_t kind; /* enum wire_kind */
	uint32_t size; /* of the strings behind it */
	uint64_t id;
	uint32_t arg_count, env_count, cleanup_count;
	int32_t signal; /* WIRE_KILL */
	uint32_t keeps_terminal;
	uint32_t fd_mask; /* bit n: a descriptor for n comes with the head */
	/* 1 or 2: the warden keeps that descriptor open until the end is told; 0: none */
	uint32_t kept;
};

#define WIRE_SIZE_MAX (64u << 20)
#define WIRE_FD 3      /* the warden's end */
#define WIRE_HELD_FD 4 /* what warden_open gave it, if anything */

struct warden_event;

/* warden_wire.c: exactly so many bytes; -1: the runner is gone. */
int warden_receive(int fd, void *data, size_t len);
int warden_receive_head(struct wire_head *head, int fds[3], size_t *fd_count);
void warden_tell(const struct warden_event *event);

/* warden_spawn.c: how the warden starts a command. */
struct warden_command {
	const char *file;  /* a path; a script without "#!" is for the shell, as execvp has it */
	const char *dir;   /* to go to first, from where file counts; "": stay */
	char *const *argv; /* NULL-terminated, like env */
	char **env;
	int fds[3];       /* what becomes 0, 1 and 2 */
	bool has_session; /* of its own */
};

/* Starts it with no signal blocked. Ours are at their defaults, and so are its. 0 with *pid, or an
 * errno. */
int warden_spawn(const struct warden_command *command, pid_t *pid);

/* Given variables first, then what we inherited and they do not replace. The array is the caller's
 * to free. */
char **warden_environment(char **given, uint32_t given_count);

/* sample.c */
/* The processes of the tree, pid first. has_orphans: with what started in it, and is the warden's
 * by now, as what runs in a container is. */
void sample_processes(pid_t pid, bool has_orphans, struct process_list *list);
/* The process tree below pid (0: nothing): its CPU time with that of those in it that have
 * ended. */
struct exec_sample sample_tree(pid_t pid, bool has_orphans);
/* Was one started below the other, by what they inherited? */
bool warden_same_trace(pid_t a, pid_t b);

#endif

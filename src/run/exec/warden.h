/* The warden: one small process that starts the stages' commands and sees to their end.
 *
 * It is the program itself, executed anew (so it is small, and starting a process from it costs
 * what it costs from a small process) when the first command is to be started. It is a child
 * subreaper: whatever a command leaves behind, by a background job, nohup, setsid or a double fork,
 * becomes its child, and is killed when the command ends. When the runner goes away, however it
 * goes, the socket between the two ends, and the warden kills everything and leaves. When the
 * warden goes away, the runner, a subreaper too, inherits what it left, kills that, and ends the
 * run.
 *
 * Processes are told apart by a resource limit that means nothing and that they inherit whatever
 * else they leave behind (see TRACE in warden.c), and by session and process group. */
#ifndef RUN_WARDEN_H
#define RUN_WARDEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

#define WARDEN_ARGUMENT "--warden" /* argv[1] of the warden */

/* main() of the warden; the socket is descriptor 3. Returns the exit code. */
int warden_main(void);

struct warden; /* the runner's end */

struct warden_request {
	uint64_t id;      /* chosen by the runner, unique in its run */
	const char *file; /* executed; a path with a '/' */
	const char *dir;  /* where; NULL: where the runner was when the warden was opened */
	char *const *argv;
	/* NULL-terminated "NAME=value": added to, and instead of, what the runner has */
	char *const *env;
	/* NULL-terminated, or NULL: what removes what is left of it that is no process of ours. It
	 * runs if the command was stopped, or left something, or an exit code above 124 says that
	 * something was wrong with what ran it; only then is its end told. cleanup[0] is executed.
	 */
	char *const *cleanup;
	int in, out, err; /* descriptors for 0, 1, 2; -1: /dev/null for 0. Stay the caller's */
	int kept; /* 1 or 2: a pipe whose end the warden keeps open as well until it tells that the
				command has ended, so that its reader is not woken twice; 0: none */
	bool keeps_terminal; /* a console stage: same session and group as the runner */
};

enum warden_event_kind {
	WARDEN_STARTED, /* pid. Not told of what ends within some milliseconds */
	WARDEN_REFUSED, /* sys_errno: it could not be started */
	WARDEN_ENDED,   /* the command has ended and nothing of it is left */
};

struct warden_event {
	enum warden_event_kind kind;
	uint64_t id;
	pid_t pid;
	int sys_errno;
	int exit_code; /* -1 if a signal ended it */
	int signal;
	uint32_t strays; /* processes that it had left behind and that were killed */
	double user_seconds,
		system_seconds;     /* with its descendants, as far as they were waited for */
	double memory_mb;           /* largest resident set of one process of it */
	double read_mb, written_mb; /* bytes through read and write calls; negative: not known */
};

/* Starts the warden: it needs a moment, in which the caller can prepare what it will ask for. Both
 * are as in struct exec_options. NULL with err. */
struct warden *warden_open(int held_fd, const int *shared_fds, struct err *err);
int warden_start(struct warden *warden, const struct warden_request *request, struct err *err);
int warden_fd(const struct warden *warden); /* for poll */
/* The next event without waiting: 1, or 0 if there is none, -1 with err if the warden is gone. */
int warden_next(struct warden *warden, struct warden_event *event, struct err *err);
/* To be called now and then while something runs: a warden that a stage has stopped goes on. */
void warden_tend(const struct warden *warden);
/* One was taken in already, while a request was sent: warden_fd need not become readable for it. */
bool warden_has_next(const struct warden *warden);
/* Sends a signal to the process group of an attempt; SIGKILL: to everything of it. */
int warden_kill(struct warden *warden, uint64_t id, int signal);
/* Nothing more is asked of it: it ends while the caller does something else. */
void warden_dismiss(struct warden *warden);
void warden_free(struct warden *warden); /* ends it; kills what is left; waits for its end */

#endif

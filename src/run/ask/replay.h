/* Running a stage aside, to see whether it makes the same outputs again. */
#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/judge/judge.h"

enum replay_outcome {
	REPLAY_REPRODUCED,    /* every output has the recorded checksum */
	REPLAY_DIFFERENT,     /* some output has not, or was not made */
	REPLAY_INPUTS_DIFFER, /* inputs, command or config are not as recorded: nothing was run */
	REPLAY_FAILED,        /* the command failed */
	REPLAY_INTERRUPTED,   /* by a signal */
};

struct replay_file {
	const char *path; /* final path of the output */
	bool is_made, is_same;
	bool is_by_view; /* the same to those who read it: its bytes are others */
	struct digest recorded, now;
};

struct replay {
	struct arena arena;
	enum replay_outcome outcome;
	const struct reason *differences; /* REPLAY_INPUTS_DIFFER */
	uint32_t difference_count;
	struct replay_file *files; /* recorded outputs */
	uint32_t file_count;
	const char *failure; /* REPLAY_FAILED: one line */
	const char **tail;   /* the last lines that it put out */
	uint32_t tail_count;
	int signal; /* REPLAY_INTERRUPTED */
	double seconds;
};

/* Runs the stage's command with its outputs made in a directory of the job's .restage, which is
 * removed afterwards; neither its files nor its manifest or log are touched. Takes the job's lock;
 * waiting is as for job_lock. -1 with err if
 * there is no record of a success, or the stage updates files in place (which cannot be done
 * aside). */
int replay_check(const struct graph *graph, uint32_t stage,
	void (*waiting)(void *ctx, const char *who), void *ctx, struct replay *out,
	struct err *err);
/* EXIT_USAGE if something that the stage reads is temporary and gone. */
int replay_refuse_spent(
	const struct graph *graph, const struct stamps *stamps, uint32_t stage, struct err *err);
void replay_free(struct replay *replay);

#endif

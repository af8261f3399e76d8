/* Slurm's own commands as children of ours: nothing here waits. Of what is in our environment they
 * get no SLURM_* and the like, which a job that we may be in would hand on to its jobs, or which
 * would change what they print; but where their configuration is. */
#ifndef RUN_SLURM_COMMAND_H
#define RUN_SLURM_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pollfd;
struct slurm_command; /* one that was started */

#define SLURM_COMMAND_FDS 2

struct slurm_answer {
	int exit_code;          /* -1: it was ended by a signal, by us, or could not be started */
	bool is_late;           /* it did not end in time, and was killed */
	const char *out, *text; /* what it put out, and what it wrote to standard error */
};

/* argv is looked for in PATH. input: it reads that, which fits into a pipe. Always gives a command,
 * of which the end tells what went wrong. */
struct slurm_command *slurm_command_start(char *const *argv, const char *input, int64_t limit_ms);
/* Fills in what to poll for; SLURM_COMMAND_FDS at most. */
size_t slurm_command_fds(const struct slurm_command *command, struct pollfd *polls);
int64_t slurm_command_wake_ms(const struct slurm_command *command); /* monotonic */
/* Has it ended? The answer is valid until it is freed. */
bool slurm_command_step(struct slurm_command *command, struct slurm_answer *answer);
/* Kills it if it runs. May be NULL. */
void slurm_command_free(struct slurm_command *command);

#endif

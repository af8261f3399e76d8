/* The work directories of attempts, which are their begin markers too: each is there before the
 * first process of its attempt, and goes only when the manifest is written.
 *
 * Making one and removing it would be the dearest part of a short stage: a file system has to find
 * a new inode each time, and passes over those that were freed lately. So an empty one is renamed
 * to the job's .restage and from there to the next stage, as long as the run lasts. */
#ifndef RUN_WORKDIR_H
#define RUN_WORKDIR_H

#include <stdbool.h>
#include <stdint.h>

struct err;

#define WORK_DIRS_MAX 64u /* that wait to be used again */

/* Those that wait: .restage/spare-0, spare-1, ... up to count. All zero: none. */
struct work_dirs {
	uint32_t count;
	unsigned mode; /* st_mode of those that were made here; 0: none yet */
};

/* Makes `path`, the work directory in the stage's directory `dir_fd`. What an interrupted attempt
 * left there is removed. `state_fd` is the job's .restage; both as in run/job/beneath.h. */
int workdir_make(
	struct work_dirs *dirs, int state_fd, int dir_fd, const char *path, struct err *err);
/* Takes it away. is_empty: nothing is in it, and it may be used again. */
int workdir_remove(struct work_dirs *dirs, int state_fd, int dir_fd, const char *path,
	bool is_empty, struct err *err);
/* Removes those that wait; state_dir is for messages. */
int workdir_end(struct work_dirs *dirs, int state_fd, const char *state_dir, struct err *err);
/* Removes those that waited in a run that was killed. */
void workdir_sweep(int state_fd);

#endif

/* Processes as /proc shows them, and what this one may open. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The beginning of /proc/<pid>/<name> as a string; false if there is none. */
bool process_read(pid_t pid, const char *name, char *text, size_t size);

struct process_list {
	pid_t *pids; /* to be freed */
	size_t count, cap;
};

/* Appends the children of one thread; whatever a subreaper adopts becomes its main thread's.
 * Nothing is added for a thread that is gone; -1: they could not all be seen. */
int process_add_children_of(pid_t pid, pid_t tid, struct process_list *list);
/* Appends the children of all threads of a process. */
int process_add_children(pid_t pid, struct process_list *list);

/* Processors that this process may run on, at least 1. */
unsigned process_processors(void);

/* For the beginning of main: 0, 1 and 2 are open, so that no file that is opened later becomes one
 * of them. -1: that cannot be had. */
int process_open_standard(void);

/* Raises the soft limit of open files to `count`, or as near as the hard limit lets it; returns
 * what it is then. For the time that something is executed, process_restore_files puts back what we
 * were started with; process_raise_files(0) undoes that. */
size_t process_raise_files(size_t count);
void process_restore_files(void);

#endif

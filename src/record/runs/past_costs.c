/* What a run cost: its record ends with that, unless it was killed. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/dir.h"
#include "base/err.h"
#include "record/runs/past.h"

#define TAIL_MAX 8192 /* bytes: the last line is shorter */

void past_costs(const struct past_run *log, struct money *costs)
{
	if (log->totals) {
		money_read(costs, log->totals);
		return;
	}
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (log->attempts[i].costs)
			money_add_all(costs, log->attempts[i].costs);
	}
}

static bool read_end(const char *path, struct money *costs)
{
	char tail[TAIL_MAX] = {0};
	struct stat st;
	int fd FD_LOCAL = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0)
		got = pread(
			fd, tail, sizeof tail, st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0);
	if (got < 1 || tail[got - 1] != '\n')
		return false;
	const char *before = memrchr(tail, '\n', (size_t)got - 1);
	const char *line = before ? before + 1 : tail;
	size_t len = (size_t)(tail + got - line);
	json *end = past_line_is(line, len, "run_end") ? json_parse(line, len, NULL) : NULL;
	if (end)
		money_read(costs, end);
	json_free(end);
	return end != NULL;
}

void past_costs_of(const char *record_path, struct money *costs)
{
	struct arena arena ARENA_LOCAL = {0};
	struct past_run *log;
	struct err ignored = {0}; /* then nothing is known of it */

	if (!read_end(record_path, costs) && past_read(&arena, record_path, &log, &ignored) == 0) {
		past_costs(log, costs);
		past_done(log);
	}
}

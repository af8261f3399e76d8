/* The runs of a job, and whether one still goes on. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/runs/past.h"

#define STAMP_LEN 15 /* "20251127_140915" */
#define NS_PER_S INT64_C(1000000000)
#define ZONES_NS (27 * 3600 * NS_PER_S) /* local times of one moment are no farther apart */
#define HEAD_MAX 4096                   /* of a record: its first line has the time */
#define SKEW_NS (2 * NS_PER_S)          /* between the clocks that a process's start is known by */

bool past_is_id(const char *text)
{
	static const char form[] = "dddddddd_dddddd";
	uint32_t number;

	for (int i = 0; i < STAMP_LEN; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !is_digit : text[i] != '_')
			return false;
	}
	if (!text[STAMP_LEN])
		return true;
	return text[STAMP_LEN] == '_' && text[STAMP_LEN + 1] != '0' &&
	       text_to_u32(text + STAMP_LEN + 1, &number);
}

/* The first run of a second has no number, the next has 2. */
static uint32_t number_of(const char *id)
{
	uint32_t number = 1;

	if (strlen(id) > STAMP_LEN + 1)
		text_to_u32(id + STAMP_LEN + 1, &number);
	return number;
}

static int compare_ids(const char *a, const char *b)
{
	int order = strncmp(a, b, STAMP_LEN);
	uint32_t x, y;

	if (order)
		return order;
	x = number_of(a);
	y = number_of(b);
	return x < y ? -1 : x > y;
}

static int by_id(const void *a, const void *b)
{
	const struct past_entry *x = a, *y = b;

	return compare_ids(x->run, y->run);
}

static int by_time(const void *a, const void *b)
{
	const struct past_entry *x = a, *y = b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return compare_ids(x->run, y->run);
}

/* When the run began as its id has it, in the zone of now. */
static int64_t time_of_id(const char *run)
{
	char text[24];
	int64_t ns = 0;

	/* 20251127_140915 -> 2025-11-27T14:09:15 */
	snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", run, run + 4, run + 6, run + 9,
		run + 11, run + 13);
	return clock_parse_iso(text, &ns) < 0 ? 0 : ns;
}

/* The time with its offset that a record begins with; that of the id where it says nothing yet. */
static int64_t recorded_time(const struct past_entry *entry)
{
	static const char member[] = "\"time\": \"";
	char head[HEAD_MAX];
	int64_t ns;
	int fd FD_LOCAL = entry->record_path ? open(entry->record_path,
						       O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
					     : -1;
	ssize_t got = fd < 0 ? 0 : pread(fd, head, sizeof head - 1, 0);

	head[got > 0 ? got : 0] = '\0';
	head[strcspn(head, "\n")] = '\0';
	char *time = strstr(head, member);
	if (!time)
		return entry->begin_ns;
	time += sizeof member - 1;
	time[strcspn(time, "\"")] = '\0';
	return clock_parse_iso(time, &ns) < 0 ? entry->begin_ns : ns;
}

/* An id is the local time of a zone that may have changed since. Only of runs whose ids are as
 * close as zones can be it must be asked which was first. */
static void sort_by_time(struct past_entry *entries, uint32_t count)
{
	int64_t before = INT64_MIN;

	/* At the end of its second: what recorded nothing was killed, and others went on. */
	for (uint32_t i = 0; i < count; i++)
		entries[i].begin_ns = time_of_id(entries[i].run) + NS_PER_S - 1;
	for (uint32_t i = 0; i < count; i++) {
		int64_t here = entries[i].begin_ns;
		bool is_close = before > here - ZONES_NS ||
				(i + 1 < count && entries[i + 1].begin_ns < here + ZONES_NS);
		if (is_close)
			entries[i].begin_ns = recorded_time(&entries[i]);
		before = here;
	}
	qsort(entries, count, sizeof *entries, by_time);
}

/* Two entries of one run become one. */
static uint32_t merge(struct past_entry *entries, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!kept || strcmp(entries[kept - 1].run, entries[i].run) != 0) {
			entries[kept++] = entries[i];
			continue;
		}
		if (entries[i].log_path)
			entries[kept - 1].log_path = entries[i].log_path;
		if (entries[i].record_path)
			entries[kept - 1].record_path = entries[i].record_path;
	}
	return kept;
}

/* The run's id in the name of a file, NULL if it is neither a log nor a record. */
static const char *id_in(struct arena *arena, const char *name, const char *tail)
{
	const char *id = job_run_of(arena, name, tail);

	return id && past_is_id(id) ? id : NULL;
}

int past_list(struct arena *arena, const char *job_dir, struct past_entry **out, uint32_t *count,
	struct err *err)
{
	const char *dir = stage_path(arena, job_dir, JOB_LOGS);
	struct past_entry *entries;
	size_t name_count = 0;
	char **names = NULL;

	*out = NULL;
	*count = 0;
	if (!fs_exists(dir))
		return 0;
	if (fs_list(arena, dir, &names, &name_count, err) < 0)
		return -1;
	entries = arena_alloc(arena, (name_count + 1) * sizeof *entries);
	for (size_t i = 0; i < name_count; i++) {
		const char *log = id_in(arena, names[i], RUN_LOG_TAIL);
		const char *record = log ? NULL : id_in(arena, names[i], RUN_RECORD_TAIL);
		const char *path = stage_path(arena, dir, names[i]);

		if (log)
			entries[(*count)++] = (struct past_entry){.run = log, .log_path = path};
		else if (record)
			entries[(*count)++] =
				(struct past_entry){.run = record, .record_path = path};
	}
	qsort(entries, *count, sizeof *entries, by_id);
	*count = merge(entries, *count);
	sort_by_time(entries, *count);
	*out = entries;
	return 0;
}

const struct past_entry *past_find(
	const struct past_entry *entries, uint32_t count, const char *id, bool *is_ambiguous)
{
	const struct past_entry *found = NULL;
	uint32_t back = 0;

	if (is_ambiguous)
		*is_ambiguous = false;
	if (text_eq(id, "last") || (text_starts(id, "last~") && text_to_u32(id + 5, &back)))
		return back < count ? &entries[count - 1 - back] : NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(entries[i].run, id) == 0)
			return &entries[i];
	}
	for (uint32_t i = 0; i < count && *id; i++) {
		if (!text_starts(entries[i].run, id))
			continue;
		if (found) {
			if (is_ambiguous)
				*is_ambiguous = true;
			return NULL;
		}
		found = &entries[i];
	}
	return found;
}

const struct past_entry *past_pick(const struct past_entry *entries, uint32_t count,
	const char *job, const char *id, struct err *err)
{
	bool is_ambiguous;
	const struct past_entry *found = past_find(entries, count, id, &is_ambiguous);
	const char **ids MEM_LOCAL = NULL;

	if (found)
		return found;
	if (!entries || !count) {
		err_set(err, EXIT_USAGE, "job '%s' has no runs", job);
	} else if (is_ambiguous) {
		err_set(err, EXIT_USAGE,
			"job '%s' has several runs whose id begins with '%s': give more of it", job,
			id);
	} else if (text_eq(id, "last") || text_starts(id, "last~")) {
		err_set(err, EXIT_USAGE, "job '%s' has only %u run%s: there is no '%s'", job, count,
			count == 1 ? "" : "s", id);
	} else {
		ids = mem_alloc(count * sizeof *ids);
		for (uint32_t i = 0; i < count; i++)
			ids[i] = entries[i].run;
		const char *nearest = text_nearest(id, ids, count);
		err_set(err, EXIT_USAGE, "job '%s' has no run '%s'; the %s '%s'", job, id,
			nearest ? "nearest is" : "last one was",
			nearest ? nearest : ids[count - 1]);
	}
	return NULL;
}

/* When the process began, wall time; -1 if it does not live. The 22nd field of its stat, counted
 * behind the name, which may hold anything. */
static int64_t process_start(long pid)
{
	struct timespec real, boot;
	char text[1024];
	const char *p;
	int64_t ticks = -1, start = -1;

	if (!process_read((pid_t)pid, "stat", text, sizeof text))
		return -1;
	p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	if (p)
		ticks = strtoll(p, NULL, 10);
	if (ticks >= 0 && clock_gettime(CLOCK_REALTIME, &real) == 0 &&
		clock_gettime(CLOCK_BOOTTIME, &boot) == 0)
		start = ((int64_t)real.tv_sec - boot.tv_sec) * NS_PER_S + real.tv_nsec -
			boot.tv_nsec + ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
	return start;
}

bool past_is_alive(const struct past_run *log)
{
	char host[256] = "";
	int64_t start;

	if (log->has_ended || !log->has_begun || log->pid <= 0)
		return false;
	gethostname(host, sizeof host - 1);
	if (strcmp(host, log->host) != 0)
		return false;
	start = process_start(log->pid);
	/* one that began after the run did has only inherited the number */
	return start >= 0 && start <= log->begin_ns + SKEW_NS;
}

const char *past_outcome(const struct past_run *log, bool is_alive)
{
	if (log->has_ended)
		return log->outcome ? log->outcome : "error";
	return is_alive ? "running" : "killed";
}

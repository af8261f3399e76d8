#include "run/exec/jobfile.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "model/command/command.h"

#define BATCH_LINE "restage batch 1\n"
#define RESULT_LINE "restage result 1\n"
#define END_NAME "end "

/* The records are gone through in one order by one function for both ways: writing, it is given the
 * value and gives it back; reading, it gives what is there. */
struct walk {
	struct buf *out; /* NULL: reading */
	struct arena *arena;
	const char *path, *start, *at, *end;
	struct err *err;
	bool has_failed; /* reading: everything is empty from here on */
};

static void fail(struct walk *walk, const char *what)
{
	if (!walk->has_failed)
		err_set(walk->err, EXIT_WORLD, "%s: byte %zu: %s", walk->path,
			(size_t)(walk->at - walk->start), what);
	walk->has_failed = true;
}

/* A number of bytes that can still come; -1: "-". */
static int64_t read_length(struct walk *walk)
{
	uint64_t len = 0;
	const char *first = walk->at;

	if (walk->at < walk->end && *walk->at == '-') {
		walk->at++;
		return -1;
	}
	while (walk->at < walk->end && isdigit((unsigned char)*walk->at) && len <= JOBFILE_MAX)
		len = len * 10 + (uint64_t)(*walk->at++ - '0');
	if (walk->at == first || (*first == '0' && walk->at > first + 1) || walk->at == walk->end ||
		*walk->at++ != ' ' || len >= (uint64_t)(walk->end - walk->at))
		fail(walk, "no length, or more than is there");
	return (int64_t)len;
}

/* The next record's value and its length; NULL if it is none at all. */
static const char *read_value(struct walk *walk, const char *name, size_t *len)
{
	size_t name_len = strlen(name);
	const char *value = NULL;

	*len = 0;
	if (walk->has_failed)
		return NULL;
	if ((size_t)(walk->end - walk->at) <= name_len || memcmp(walk->at, name, name_len) != 0 ||
		walk->at[name_len] != ' ') {
		fail(walk, "another record than expected");
		return NULL;
	}
	walk->at += name_len + 1;
	int64_t length = read_length(walk);
	if (!walk->has_failed && length >= 0) {
		*len = (size_t)length;
		value = walk->at;
		walk->at += length;
	}
	if (!walk->has_failed && (walk->at == walk->end || *walk->at++ != '\n'))
		fail(walk, "a record does not end");
	return walk->has_failed ? NULL : value;
}

static void write_value(struct walk *walk, const char *name, const char *value, size_t len)
{
	buf_str(walk->out, name);
	if (value) {
		buf_fmt(walk->out, " %zu ", len);
		buf_add(walk->out, value, len);
	} else {
		buf_str(walk->out, " -");
	}
	buf_char(walk->out, '\n');
}

/* May be NULL. */
static const char *text(struct walk *walk, const char *name, const char *value)
{
	size_t len;

	if (walk->out) {
		write_value(walk, name, value, value ? strlen(value) : 0);
		return value;
	}
	const char *found = read_value(walk, name, &len);
	if (found && memchr(found, '\0', len))
		fail(walk, "a zero byte in a text");
	return found ? arena_strndup(walk->arena, found, len) : NULL;
}

static const char *must(struct walk *walk, const char *name, const char *value)
{
	value = text(walk, name, value);
	if (!walk->out && !value) {
		fail(walk, "a value is missing");
		return "";
	}
	return value;
}

static int64_t number(struct walk *walk, const char *name, int64_t value, int64_t min, int64_t max)
{
	char digits[32];

	if (walk->out) {
		int len = snprintf(digits, sizeof digits, "%" PRId64, value);
		write_value(walk, name, digits, (size_t)len);
		return value;
	}
	const char *found = must(walk, name, NULL);
	if (walk->has_failed)
		return min;
	if (!text_to_i64(found, &value) || value < min || value > max) {
		fail(walk, "no number, or out of range");
		return min;
	}
	return value;
}

static bool truth(struct walk *walk, const char *name, bool value)
{
	return number(walk, name, value, 0, 1);
}

static double real(struct walk *walk, const char *name, double value)
{
	char digits[64];

	if (walk->out) {
		int len = snprintf(digits, sizeof digits, "%.9f", value);
		write_value(walk, name, digits, (size_t)len);
		return value;
	}
	const char *found = must(walk, name, NULL);
	if (!walk->has_failed && !text_to_double(found, &value))
		fail(walk, "no number");
	return walk->has_failed ? -1 : value;
}

/* How many come: no more than have room in what is left. */
static uint32_t count(struct walk *walk, const char *name, size_t value)
{
	const size_t least = sizeof "x -"; /* bytes of a record */
	size_t room = walk->out ? UINT32_MAX : (size_t)(walk->end - walk->at) / least;

	return (uint32_t)number(
		walk, name, (int64_t)value, 0, (int64_t)(room < UINT32_MAX ? room : UINT32_MAX));
}

/* A list of texts that NULL ends. */
static char **texts(struct walk *walk, const char *name, char *const *values, size_t *found)
{
	size_t n = 0;

	while (values && values[n])
		n++;
	n = count(walk, name, n);
	char **list = arena_alloc(walk->arena, (n + 1) * sizeof *list);
	for (size_t i = 0; i < n && !walk->has_failed; i++)
		list[i] = (char *)(uintptr_t)must(walk, "-", values ? values[i] : NULL);
	*found = n;
	return list;
}

static bool are_flags(int flags)
{
	return flags == O_RDONLY || flags == (O_WRONLY | O_CREAT | O_TRUNC) ||
	       flags == (O_WRONLY | O_CREAT | O_APPEND);
}

static const struct command *walk_command(struct walk *walk, const struct command *given)
{
	struct command *command = arena_alloc(walk->arena, sizeof *command);

	if (given)
		*command = *given;
	command->argv = texts(walk, "words", command->argv, &command->argc);
	if (!command->argc)
		fail(walk, "a command without a word");
	command->redirect_count = count(walk, "redirections", command->redirect_count);
	struct command_redirect *list =
		arena_alloc(walk->arena, (command->redirect_count + 1) * sizeof *list);
	for (size_t i = 0; i < command->redirect_count && !walk->has_failed; i++) {
		struct command_redirect *r = &list[i];
		if (given)
			*r = given->redirects[i];
		r->fd = (int)number(walk, "fd", r->fd, 0, 2);
		r->from = (int)number(walk, "from", r->from, -1, 2);
		r->flags = (int)number(walk, "flags", r->flags, 0, INT32_MAX);
		r->path = text(walk, "path", r->path);
		if (r->from < 0 && (!r->path || !are_flags(r->flags)))
			fail(walk, "a redirection that is none");
	}
	command->redirects = list;
	return command;
}

static const struct launch_away *walk_away(struct walk *walk, const struct launch_away *given)
{
	struct launch_away *away = arena_alloc(walk->arena, sizeof *away);

	if (given)
		*away = *given;
	away->token = must(walk, "token", away->token);
	if (!walk->has_failed && !jobfile_is_name(away->token))
		fail(walk, "no token");
	away->stage = must(walk, "stage", away->stage);
	away->number = (uint32_t)number(walk, "attempt", away->number, 1, UINT32_MAX);
	away->identity = must(walk, "identity", away->identity);
	away->own_dir = must(walk, "own_dir", away->own_dir);
	away->log_path = must(walk, "log", away->log_path);
	away->gpu_count = (uint32_t)number(walk, "gpu_count", away->gpu_count, 0, UINT32_MAX);
	away->made_count = count(walk, "made", away->made_count);
	struct launch_made *list = arena_alloc(walk->arena, (away->made_count + 1) * sizeof *list);
	for (uint32_t i = 0; i < away->made_count && !walk->has_failed; i++) {
		if (given)
			list[i] = given->made[i];
		list[i].at = must(walk, "at", list[i].at);
		list[i].path = must(walk, "path", list[i].path);
		list[i].is_output = truth(walk, "is_output", list[i].is_output);
	}
	away->made = list;
	return away;
}

static void walk_task(struct walk *walk, struct job_task *task)
{
	struct launch *launch = &task->launch;
	size_t ignored;

	task->index = (uint32_t)number(walk, "index", task->index, 0, UINT32_MAX);
	launch->away = walk_away(walk, launch->away);
	launch->dir = text(walk, "dir", launch->dir);
	launch->timeout_ms = number(walk, "timeout_ms", launch->timeout_ms, 0, INT64_MAX / 2);
	launch->grace_ms = number(walk, "grace_ms", launch->grace_ms, 0, INT64_MAX / 2);
	launch->gpus = text(walk, "gpus", launch->gpus);
	launch->env = texts(walk, "env", launch->env, &ignored);
	launch->command = walk_command(walk, launch->command);
}

static void walk_batch(struct walk *walk, struct job_batch *batch)
{
	batch->name = must(walk, "name", batch->name);
	if (!walk->has_failed && !jobfile_is_name(batch->name))
		fail(walk, "no name of a batch");
	batch->root = must(walk, "root", batch->root);
	batch->jobs_dir = must(walk, "jobs_dir", batch->jobs_dir);
	batch->task_count = count(walk, "tasks", batch->task_count);
	struct job_task *given = batch->tasks;
	batch->tasks = arena_alloc(walk->arena, (batch->task_count + 1) * sizeof *batch->tasks);
	for (uint32_t i = 0; i < batch->task_count && !walk->has_failed; i++) {
		if (given)
			batch->tasks[i] = given[i];
		walk_task(walk, &batch->tasks[i]);
	}
}

static void walk_gpu(struct walk *walk, struct job_result *result)
{
	struct exec_gpu_use *gpu = &result->gpu;

	if (walk->out && result->end.outcome.gpu)
		*gpu = *result->end.outcome.gpu;
	gpu->is_known = truth(walk, "gpu", gpu->is_known);
	if (!gpu->is_known)
		return;
	gpu->is_of_device = truth(walk, "of_device", gpu->is_of_device);
	gpu->seconds = real(walk, "seconds", gpu->seconds);
	gpu->memory_mb = real(walk, "memory_mb", gpu->memory_mb);
	gpu->peak_mb = real(walk, "peak_mb", gpu->peak_mb);
	const char *names = must(walk, "names", gpu->names);
	if (strlen(names) >= sizeof gpu->names)
		fail(walk, "a name that is too long");
	else if (!walk->out)
		memcpy(gpu->names, names, strlen(names) + 1);
	result->end.outcome.gpu = gpu;
}

static void walk_end(struct walk *walk, struct job_result *result)
{
	struct exec_event *end = &result->end;
	struct exec_outcome *outcome = &end->outcome;

	bool is_refused = truth(walk, "refused", end->kind == EXEC_REFUSED);
	end->kind = is_refused ? EXEC_REFUSED : EXEC_ENDED;
	end->text = text(walk, "text", end->text);
	end->sys_errno = (int)number(walk, "errno", end->sys_errno, 0, INT32_MAX);
	outcome->cause = (enum exec_cause)number(
		walk, "cause", outcome->cause, EXEC_BY_ITSELF, EXEC_BY_STOP);
	outcome->exit_code = (int)number(walk, "exit_code", outcome->exit_code, -1, 255);
	outcome->signal = (int)number(walk, "signal", outcome->signal, 0, 127);
	outcome->user_seconds = real(walk, "user_seconds", outcome->user_seconds);
	outcome->system_seconds = real(walk, "system_seconds", outcome->system_seconds);
	outcome->memory_mb = real(walk, "memory_mb", outcome->memory_mb);
	outcome->read_mb = real(walk, "read_mb", outcome->read_mb);
	outcome->written_mb = real(walk, "written_mb", outcome->written_mb);
	outcome->may_linger = truth(walk, "may_linger", outcome->may_linger);
	result->gpus = text(walk, "gpus", result->gpus);
	walk_gpu(walk, result);
}

static void walk_sum(struct walk *walk, struct digest *sum)
{
	char digits[DIGEST_TEXT_SIZE] = "";

	if (walk->out)
		digest_format(sum, digits);
	const char *found = must(walk, "sum", digits);
	if (!walk->out && !walk->has_failed && !digest_parse(found, sum))
		fail(walk, "no digest");
}

static void walk_listing(struct walk *walk, struct listing *listing)
{
	struct buf packed = {0};
	size_t len;

	listing->files = (uint64_t)number(walk, "files", (int64_t)listing->files, 0, INT64_MAX);
	listing->bytes = (uint64_t)number(walk, "bytes", (int64_t)listing->bytes, 0, INT64_MAX);
	if (walk->out) {
		listing_pack(listing, &packed);
		write_value(walk, "listing", buf_text(&packed), packed.len);
		buf_free(&packed);
		return;
	}
	uint64_t files = listing->files, bytes = listing->bytes;
	const char *found = read_value(walk, "listing", &len);
	if (!found || !listing_unpack(listing, found, len))
		fail(walk, "no listing");
	listing->files = files;
	listing->bytes = bytes;
}

static void walk_made(struct walk *walk, struct job_made *made)
{
	static const char types[] = "fdol";
	char type[] = {made->stat.type, '\0'};

	made->at = must(walk, "at", made->at);
	const char *found = must(walk, "type", type);
	if (!walk->out) {
		if (strlen(found) != 1 || !strchr(types, *found))
			fail(walk, "no type of a file");
		made->stat.type = *found;
	}
	made->stat.size = (uint64_t)number(walk, "size", (int64_t)made->stat.size, 0, INT64_MAX);
	made->stat.mtime_ns = number(walk, "mtime_ns", made->stat.mtime_ns, INT64_MIN, INT64_MAX);
	made->stat.ctime_ns = number(walk, "ctime_ns", made->stat.ctime_ns, INT64_MIN, INT64_MAX);
	made->stat.ino =
		(uint64_t)number(walk, "ino", (int64_t)made->stat.ino, INT64_MIN, INT64_MAX);
	made->stat.is_executable = truth(walk, "executable", made->stat.is_executable);
	if (made->stat.type == 'f') {
		walk_sum(walk, &made->sum);
		made->size = (uint64_t)number(walk, "read", (int64_t)made->size, 0, INT64_MAX);
	} else if (made->stat.type == 'd') {
		walk_listing(walk, &made->listing);
	}
}

static void walk_output(struct walk *walk, struct job_result *result)
{
	result->cause = must(walk, "log_cause", result->cause);
	result->is_cause_error = truth(walk, "is_error", result->is_cause_error);
	result->last_count = count(walk, "last", result->last_count);
	const char **last = arena_alloc(walk->arena, (result->last_count + 1) * sizeof *last);
	for (uint32_t i = 0; i < result->last_count && !walk->has_failed; i++)
		last[i] = must(walk, "-", walk->out ? result->last[i] : NULL);
	result->last = last;
	result->warning_count = (uint64_t)number(
		walk, "warning_count", (int64_t)result->warning_count, 0, INT64_MAX);
	result->warnings_kept = count(walk, "warnings", result->warnings_kept);
	struct job_line *given = result->warnings;
	result->warnings =
		arena_alloc(walk->arena, (result->warnings_kept + 1) * sizeof *result->warnings);
	for (uint32_t i = 0; i < result->warnings_kept && !walk->has_failed; i++) {
		struct job_line *line = &result->warnings[i];
		if (given)
			*line = given[i];
		line->wall_ns = number(walk, "time", line->wall_ns, INT64_MIN, INT64_MAX);
		line->text = must(walk, "-", line->text);
	}
}

static void walk_result(struct walk *walk, struct job_result *result)
{
	result->token = must(walk, "token", result->token);
	if (!walk->has_failed && !jobfile_is_name(result->token))
		fail(walk, "no token");
	result->job = must(walk, "job", result->job);
	result->host = must(walk, "host", result->host);
	result->started_ns = number(walk, "started_ns", result->started_ns, INT64_MIN, INT64_MAX);
	result->ended_ns = number(walk, "ended_ns", result->ended_ns, INT64_MIN, INT64_MAX);
	walk_end(walk, result);
	result->fault = text(walk, "fault", result->fault);
	result->named = text(walk, "named", result->named);
	uint32_t made_count = count(walk, "made", result->made_count);
	struct job_made *given = result->made;
	result->made = arena_alloc(walk->arena, (made_count + 1) * sizeof *result->made);
	for (uint32_t i = 0; i < made_count && !walk->has_failed; i++) {
		if (given)
			result->made[i] = given[i];
		result->made_count = i + 1; /* so far: they have listings */
		walk_made(walk, &result->made[i]);
	}
	walk_output(walk, result);
}

bool jobfile_is_name(const char *text)
{
	size_t len = strlen(text);

	return len && len < 200 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
	       *text != '-';
}

static void write_end(struct buf *out, size_t start)
{
	char digits[DIGEST_TEXT_SIZE];
	struct digest sum = digest_bytes(out->data + start, out->len - start);

	digest_format(&sum, digits);
	buf_fmt(out, END_NAME "%s\n", digits);
}

void jobfile_write_batch(const struct job_batch *batch, struct buf *out)
{
	struct arena arena = {0};
	struct walk walk = {.out = out, .arena = &arena};
	struct job_batch copy = *batch;
	size_t start = out->len;

	buf_str(out, BATCH_LINE);
	walk_batch(&walk, &copy);
	write_end(out, start);
	arena_free(&arena);
}

void jobfile_write_result(const struct job_result *result, struct buf *out)
{
	struct arena arena = {0};
	struct walk walk = {.out = out, .arena = &arena};
	struct job_result copy = *result;
	size_t start = out->len;

	buf_str(out, RESULT_LINE);
	walk_result(&walk, &copy);
	write_end(out, start);
	arena_free(&arena);
}

/* Is it whole, and of this format? Then it can be gone through. */
static bool begin(struct walk *walk, const char *first_line)
{
	size_t head = strlen(first_line), len = (size_t)(walk->end - walk->start);
	struct buf end = {0};

	if (len < head || memcmp(walk->start, first_line, head) != 0) {
		fail(walk, "it is none that this restage reads; is there another version on the "
			   "other side?");
		return false;
	}
	const size_t tail = strlen(END_NAME) + DIGEST_TEXT_SIZE;
	if (len < head + tail) {
		fail(walk, "it is cut");
		return false;
	}
	buf_add(&end, walk->start, len - tail);
	size_t body = end.len;
	write_end(&end, 0);
	bool is_whole = memcmp(end.data + body, walk->end - tail, tail) == 0;
	buf_free(&end);
	if (!is_whole)
		fail(walk, "it is cut, or not as it was written");
	walk->at += head;
	walk->end -= tail;
	return is_whole;
}

static int finish(struct walk *walk)
{
	if (!walk->has_failed && walk->at != walk->end)
		fail(walk, "more than is expected");
	return walk->has_failed ? -1 : 0;
}

int jobfile_read_batch(struct arena *arena, const char *path, const char *data, size_t len,
	struct job_batch *out, struct err *err)
{
	struct walk walk = {.arena = arena,
		.path = path,
		.start = data,
		.at = data,
		.end = data + len,
		.err = err};

	*out = (struct job_batch){0};
	if (begin(&walk, BATCH_LINE))
		walk_batch(&walk, out);
	return finish(&walk);
}

int jobfile_read_result(struct arena *arena, const char *path, const char *data, size_t len,
	struct job_result *out, struct err *err)
{
	struct walk walk = {.arena = arena,
		.path = path,
		.start = data,
		.at = data,
		.end = data + len,
		.err = err};

	*out = (struct job_result){0};
	if (begin(&walk, RESULT_LINE))
		walk_result(&walk, out);
	if (finish(&walk) == 0)
		return 0;
	job_result_free(out);
	return -1;
}

void job_result_free(struct job_result *result)
{
	for (uint32_t i = 0; i < result->made_count; i++)
		listing_free(&result->made[i].listing);
	result->made_count = 0;
}

#include "run/attempt/node.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/path.h"
#include "base/process.h"
#include "base/text.h"
#include "run/attempt/made.h"
#include "run/attempt/named.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static void say(const char *text)
{
	fprintf(stderr, "restage-attempt: %s\n", text);
}

static int fail(const struct err *err)
{
	say(err->text);
	return (int)err->code;
}

static const char *job_of_slurm(struct arena *arena)
{
	const char *array = getenv("SLURM_ARRAY_JOB_ID"), *task = getenv("SLURM_ARRAY_TASK_ID");
	const char *job = getenv("SLURM_JOB_ID");

	if (array && task)
		return arena_fmt(arena, "%s_%s", array, task);
	return job ? job : "";
}

/* As the scheduler calls it, if there is one. */
static const char *host_name(struct arena *arena)
{
	const char *node = getenv("SLURMD_NODENAME");
	char name[256] = "";

	if (node && *node)
		return node;
	gethostname(name, sizeof name - 1);
	return arena_strdup(arena, name);
}

static int read_batch(struct node *node, const char *path, struct job_batch *batch, struct err *err)
{
	char where[4096] = "?";
	struct buf text BUF_LOCAL = {0};
	struct err why = {0};
	int status = fs_read(path, JOBFILE_MAX, &text, &why);

	if (status < 0 && !getcwd(where, sizeof where))
		where[0] = '?';
	if (status < 0)
		err_set(err, EXIT_WORLD, "%s, in %s: is the pipeline's root the same on this node?",
			why.text, where);
	else
		status = jobfile_read_batch(
			&node->arena, path, buf_text(&text), text.len, batch, err);
	return status;
}

/* Goes to the batch's root. The batch itself is the proof that it is that: it lies there. Where the
 * root is missing a job may find itself in another directory. */
static int go_to_root(
	struct node *node, const char *path, const struct job_batch *batch, struct err *err)
{
	struct stat given, found;
	const char *place = path_join(&node->arena, batch->jobs_dir, batch->name);

	if (stat(path, &given) < 0)
		return err_sys(err, errno, "read", path);
	if (chdir(batch->root) < 0)
		return err_sys(err, errno, "go to the pipeline's root", batch->root);
	if (stat(place, &found) == 0 && found.st_dev == given.st_dev &&
		found.st_ino == given.st_ino)
		return 0;
	return err_set(err, EXIT_WORLD,
		"'%s' is not the pipeline's root on this node: '%s' does not lie there",
		batch->root, place);
}

/* 1: it is ours; 0: another job has it, or its head has given it up; -1 with err. */
static int claim(struct node *node, const struct launch_away *away, struct err *err)
{
	const char *path = path_join(&node->arena, away->own_dir, WORK_CLAIM);
	struct buf text BUF_LOCAL = {0};
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0 && (errno == EEXIST || errno == ENOENT)) {
		say(arena_fmt(&node->arena, "%s: %s, nothing is done", away->stage,
			errno == EEXIST ? "another job has it" : "it is not wanted any more"));
		return 0;
	}
	if (fd < 0)
		return err_sys(err, errno, "claim", path);
	buf_fmt(&text, "job %s\nhost %s\nboot ", node->job, node->host);
	if (fs_read(BOOT_ID, 64, &text, NULL) < 0)
		buf_char(&text, '\n');
	if (fs_write_all(fd, text.data, text.len) < 0 || fsync(fd) < 0)
		err_sys(err, errno, "write", path);
	if (close(fd) < 0)
		err_sys(err, errno, "write", path);
	return err->code ? -1 : 1;
}

/* Reads until a signal comes: what sent it kills us soon, and there would be no result at all. */
struct reading {
	struct listing_reader reader; /* first: it is cast back */
	struct digest_watch watch;
	struct digest_watch *also;
	struct node *node;
};

static bool is_stopped(struct node *node)
{
	while (signals_next(&node->signals))
		continue;
	return node->signals.count > 0;
}

static bool see(struct digest_watch *watch, const char *data, size_t len, bool is_first)
{
	struct reading *reading =
		(struct reading *)((char *)watch - offsetof(struct reading, watch));

	if (reading->also && !reading->also->see(reading->also, data, len, is_first))
		reading->also = NULL;
	watch->is_over = is_stopped(reading->node);
	return !watch->is_over;
}

static struct digest_watch *begin(struct listing_reader *reader, struct digest_watch *also)
{
	struct reading *reading = (struct reading *)reader;

	reading->also = also;
	return &reading->watch;
}

static void done(struct listing_reader *reader, size_t item)
{
	(void)reader;
	(void)item;
}

/* What cannot be read is left to the head, which says why; what there is no time for, too. */
static void read_made(struct node *node, const struct launch_away *away, struct job_result *result)
{
	struct reading reading = {{begin, done}, {.see = see}, NULL, node};
	struct named named = {0};

	named_begin(&named, away->own_dir);
	result->made =
		arena_alloc(&node->arena, ((size_t)away->made_count + 1) * sizeof *result->made);
	for (uint32_t i = 0; i < away->made_count; i++) {
		struct job_made *made = &result->made[result->made_count];
		*made = (struct job_made){.at = away->made[i].at};
		if (fs_stat(made->at, &made->stat, NULL) < 0 || !made->stat.type)
			continue;
		made->is_read =
			!is_stopped(node) &&
			made_read(&away->made[i], made->stat.type, &named, &reading.reader,
				&made->sum, &made->size, &made->listing, &(struct err){0}) == 0;
		result->made_count += made->is_read || is_stopped(node);
	}
	result->named = named_end(&named, &node->arena);
}

static int leave_result(struct node *node, const struct job_batch *batch,
	const struct job_result *result, struct err *err)
{
	const char *done = path_join(&node->arena, batch->jobs_dir, DONE_DIR);
	struct buf text BUF_LOCAL = {0};
	int status = fs_mkdirs(done, err);

	jobfile_write_result(result, &text);
	if (status == 0)
		status = fs_replace_synced(
			path_join(&node->arena, done, result->token), text.data, text.len, err);
	return status;
}

static int exit_code_of(const struct job_result *result)
{
	const struct exec_outcome *outcome = &result->end.outcome;

	if (outcome->signal)
		return 128 + outcome->signal;
	if (result->end.kind == EXEC_REFUSED && outcome->exit_code <= 0)
		return EXIT_STAGE;
	return outcome->exit_code >= 0 ? outcome->exit_code : EXIT_STAGE;
}

/* Gives the exit code, or -1 with err. */
static int run_task(struct node *node, const struct job_batch *batch, const struct launch *launch,
	struct err *err)
{
	struct job_result result;
	int code = claim(node, launch->away, err);

	if (code <= 0)
		return code;
	if (node_run(node, launch, &result, err) < 0)
		return -1;
	code = exit_code_of(&result);
	if (code == 0)
		read_made(node, launch->away, &result);
	int status = leave_result(node, batch, &result, err);
	job_result_free(&result);
	return status < 0 ? -1 : code;
}

static int run_index(
	struct node *node, const struct job_batch *batch, uint32_t index, struct err *err)
{
	int last = EXIT_OK;

	for (uint32_t i = 0; i < batch->task_count; i++) {
		struct launch *launch = &batch->tasks[i].launch;
		if (batch->tasks[i].index != index)
			continue;
		if (is_stopped(node))
			return 128 + node->signals.first;
		launch->id = i + 1;
		launch->about = launch->away->stage;
		int code = run_task(node, batch, launch, err);
		if (code < 0)
			return -1;
		last = code ? code : last;
	}
	return last;
}

static int run(struct node *node, const char *path, uint32_t index)
{
	const struct exec_options options = {.held_fd = -1};
	struct job_batch batch;
	struct err err = {0};

	/* The daemon that started us may be killed, and what it ran goes on. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (signals_take(&node->signals, &err) < 0 || read_batch(node, path, &batch, &err) < 0 ||
		go_to_root(node, path, &batch, &err) < 0)
		return fail(&err);
	node->job = job_of_slurm(&node->arena);
	node->host = host_name(&node->arena);
	node->exec = exec_local.open(&options, &err);
	int code = node->exec ? run_index(node, &batch, index, &err) : -1;
	exec_local.close(node->exec);
	return code < 0 ? fail(&err) : code;
}

int main(int argc, char **argv)
{
	struct node node = {.signals = {.fd = -1}};
	uint32_t index;

	if (process_open_standard() < 0)
		return EXIT_WORLD;
	int code = exec_local_main(argc, argv);
	if (code >= 0)
		return code;
	if (argc != 3 || !text_to_u32(argv[2], &index)) {
		say("usage: restage-attempt FILE INDEX");
		return EXIT_USAGE;
	}
	signal(SIGXFSZ, SIG_IGN);
	code = run(&node, argv[1], index);
	arena_free(&node.arena);
	return code;
}

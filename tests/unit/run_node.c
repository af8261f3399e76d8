/* The program that runs attempts on a node, with batches made by hand: no scheduler is needed. */
#include "base_test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "model/command/command.h"
#include "run/exec/jobfile.h"

#define BATCH "out/j/jobs/rs-1"

static struct arena arena;
static struct job_result result;

static int enter(void **state)
{
	return test_enter(state);
}

static int leave(void **state)
{
	job_result_free(&result);
	arena_free(&arena);
	return test_leave(state);
}

/* A task that runs a script; what else it has is set by the test. */
static struct job_task *task(const char *token, uint32_t index, const char *script)
{
	struct job_task *made = arena_alloc(&arena, sizeof *made);
	struct command *command = arena_alloc(&arena, sizeof *command);
	struct launch_away *away = arena_alloc(&arena, sizeof *away);
	char **argv = arena_alloc(&arena, 5 * sizeof *argv);

	argv[0] = "sh";
	argv[1] = "-ec";
	argv[2] = (char *)(uintptr_t)script;
	command->argv = argv;
	command->argc = 3;
	*away = (struct launch_away){
		.token = token,
		.own_dir = arena_fmt(&arena, "s/%s", token),
		.log_path = arena_fmt(&arena, "s/%s.log", token),
		.stage = "stage",
		.number = 1,
		.identity = "",
	};
	fs_mkdirs(away->own_dir, NULL);
	*made = (struct job_task){
		.index = index, .launch = {.command = command, .away = away, .grace_ms = 60000}};
	return made;
}

static void write_batch(const char *path, const char *root, struct job_task *const *tasks)
{
	struct job_task list[8];
	struct job_batch batch = {.name = "rs-1", .root = root, .jobs_dir = "out/j/jobs"};
	struct buf text = {0};

	for (; tasks[batch.task_count]; batch.task_count++)
		list[batch.task_count] = *tasks[batch.task_count];
	batch.tasks = list;
	jobfile_write_batch(&batch, &text);
	assert_int_equal(fs_mkdirs("out/j/jobs", NULL), 0);
	test_write_bytes(path, text.data, text.len);
	buf_free(&text);
}

static void batch_of(struct job_task *a, struct job_task *b)
{
	char here[4096];

	assert_non_null(getcwd(here, sizeof here));
	write_batch(BATCH, here, (struct job_task *[]){a, b, NULL});
}

/* Starts it in dir (NULL: here); what it says goes to the file `said`. */
static pid_t start_in(const char *dir, const char *path, const char *index)
{
	const char *program = getenv("RESTAGE_ATTEMPT"); /* of one with a guard less */
	int said = open("said", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(said, 2);
		if (!dir || chdir(dir) == 0)
			execl(program ? program : RESTAGE_ATTEMPT, "restage-attempt", path, index,
				(char *)NULL);
		_exit(99);
	}
	close(said);
	assert_true(pid > 0);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(const char *index)
{
	return end_of(start_in(NULL, BATCH, index));
}

static const char *text_of(const char *path)
{
	struct buf text = {0};

	if (fs_read(path, 1 << 20, &text, NULL) < 0)
		return NULL;
	const char *copy = arena_strdup(&arena, buf_text(&text));
	buf_free(&text);
	return copy;
}

static void wait_for(const char *path)
{
	for (int i = 0; i < 1000 && !fs_exists(path); i++)
		poll(NULL, 0, 10);
	assert_true(fs_exists(path));
}

static bool has_result(const char *token)
{
	return fs_exists(arena_fmt(&arena, "out/j/jobs/done/%s", token));
}

/* In `result`. */
static void read_result(const char *token)
{
	const char *path = arena_fmt(&arena, "out/j/jobs/done/%s", token);
	struct buf text = {0};
	struct err err = {0};

	job_result_free(&result);
	assert_int_equal(fs_read(path, JOBFILE_MAX, &text, &err), 0);
	assert_int_equal(jobfile_read_result(&arena, path, text.data, text.len, &result, &err), 0);
	assert_string_equal(result.token, token);
	buf_free(&text);
}

static struct launch_away *away_of(struct job_task *made)
{
	return (struct launch_away *)(uintptr_t)made->launch.away;
}

static void a_command_is_run_and_what_it_made_is_read(void **state)
{
	struct job_task *t = task("t-1", 3,
		"echo \"$GREETING\"; echo 'WARNING: odd' >&2; printf abc >s/t-1/o; mkdir s/t-1/d\n"
		"echo 1 >s/t-1/d/x; ln -s nowhere s/t-1/l");
	static const struct launch_made made[] = {
		{.at = "s/t-1/o", .path = "s/o", .is_output = true},
		{.at = "s/t-1/not", .path = "s/not"},
		{.at = "s/t-1/d", .path = "s/d", .is_output = true},
		{.at = "s/t-1/l", .path = "s/l", .is_output = true},
	};
	struct digest abc = digest_bytes("abc", 3), sum, expected;
	struct listing listing;

	(void)state;
	away_of(t)->made = made;
	away_of(t)->made_count = 4;
	t->launch.env = (char *[]){"GREETING=hello", NULL};
	test_write("s/t-1.log", "before\n");
	batch_of(t, NULL);
	assert_int_equal(run("3"), 0);
	read_result("t-1");
	assert_int_equal(result.end.kind, EXEC_ENDED);
	assert_int_equal(result.end.outcome.cause, EXEC_BY_ITSELF);
	assert_int_equal(result.end.outcome.exit_code, 0);
	assert_true(result.end.outcome.memory_mb > 0);
	assert_true(result.started_ns && result.ended_ns >= result.started_ns);
	assert_int_equal(result.made_count, 3);
	assert_string_equal(result.made[0].at, "s/t-1/o");
	assert_true(digest_eq(&result.made[0].sum, &abc));
	assert_int_equal(result.made[0].size, 3);
	assert_int_equal(result.made[1].stat.type, 'd');
	assert_int_equal(listing_read(&listing, "s/t-1/d", &(struct listing_how){0}, NULL), 0);
	assert_int_equal(listing_digest(&listing, false, &expected), 0);
	assert_int_equal(listing_digest(&result.made[1].listing, false, &sum), 0);
	assert_true(digest_eq(&sum, &expected));
	assert_int_equal(result.made[1].listing.files, 1);
	listing_free(&listing);
	assert_int_equal(result.made[2].stat.type, 'l');
	assert_int_equal(result.warning_count, 1);
	assert_string_equal(result.warnings[0].text, "WARNING: odd");
	assert_int_equal(result.last_count, 2);
	assert_string_equal(result.last[0], "hello");
	const char *log = text_of("s/t-1.log");
	assert_true(strncmp(log, "before\n[", 8) == 0);
	assert_non_null(strstr(log, "] [stage] [INFO] hello\n"));
	assert_non_null(strstr(log, "] [stage] [WARNING] WARNING: odd\n"));
	assert_non_null(text_of("s/t-1/.claim"));
}

static void an_output_that_names_its_work_directory_is_told(void **state)
{
	struct job_task *t = task("t-1", 0, "pwd; echo /x/s/t-1/o >s/t-1/o");
	static const struct launch_made made[] = {
		{.at = "s/t-1/o", .path = "s/o", .is_output = true}};

	(void)state;
	away_of(t)->made = made;
	away_of(t)->made_count = 1;
	batch_of(t, NULL);
	assert_int_equal(run("0"), 0);
	read_result("t-1");
	assert_string_equal(result.named, "s/o");
}

static void strip_heads(const char *text, struct buf *out)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		const char *name = strstr(text, "] [stage] ");
		assert_true(name && name < end);
		buf_add(out, name + 10, (size_t)(end + 1 - name - 10));
	}
}

static void what_it_says_stands_in_its_log_where_it_was_said(void **state)
{
	struct job_task *t = task("t-1", 0,
		"say() { printf '%s\n' \"$1\" >>s/.work/t-1/.events; }\n"
		"echo 1; sleep 0.3\n"
		"say '{\"event\":\"log\",\"level\":\"debug\",\"message\":\"at s/.work/t-1/d/x and s/.work/t-1/.root/e\"}'\n"
		"say '{\"event\":\"progress\",\"fraction\":0.5}'\n"
		"say '{\"event\":\"log\",\"level\":\"ERROR\",\"message\":\"bad\"}'\n"
		"say '{\"event\":\"error\",\"message\":\"bad\"}'\n"
		"say '{\"event\":\"warning\",\"message\":\"odd\",\"time\":\"2026-01-01T00:00:00+00:00\"}'\n"
		"say 'no JSON'\n"
		"echo 2; echo 'WARNING: odd, too' >&2; sleep 0.3\n"
		"say '{\"event\":\"log\",\"message\":\"two\\nlines\"}'");
	static const struct launch_made made[] = {
		{.at = "s/.work/t-1/d", .path = "dist/d", .is_output = true}};
	struct buf log = {0};

	(void)state;
	away_of(t)->own_dir = "s/.work/t-1";
	assert_int_equal(fs_mkdirs("s/.work/t-1", NULL), 0);
	away_of(t)->made = made;
	away_of(t)->made_count = 1;
	batch_of(t, NULL);
	assert_int_equal(run("0"), 0);
	strip_heads(text_of("s/t-1.log"), &log);
	assert_string_equal(buf_text(&log),
		"[INFO] 1\n[DEBUG] at dist/d/x and e\n[ERROR] bad\n[WARNING] odd\n[INFO] 2\n"
		"[WARNING] WARNING: odd, too\n[INFO] two\n[INFO] lines\n");
	buf_free(&log);
	read_result("t-1");
	assert_int_equal(result.warning_count, 2);
	assert_string_equal(result.warnings[0].text, "odd");
	assert_int_equal(result.warnings[0].wall_ns, INT64_C(1767225600) * 1000000000);
	assert_string_equal(result.last[1], "2");
}

static void of_fifty_that_start_it_one_runs_it(void **state)
{
	pid_t pids[50];

	(void)state;
	batch_of(task("t-1", 0, "echo ran >>ran"), NULL);
	for (size_t i = 0; i < 50; i++)
		pids[i] = start_in(NULL, BATCH, "0");
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(end_of(pids[i]), 0);
	assert_string_equal(text_of("ran"), "ran\n");
	read_result("t-1");
	assert_int_equal(run("0"), 0);
	assert_string_equal(text_of("ran"), "ran\n");
	assert_non_null(strstr(text_of("said"), "another job has it"));
}

static void what_its_head_has_given_up_is_not_run(void **state)
{
	(void)state;
	batch_of(task("t-1", 0, "echo ran >ran"), NULL);
	assert_int_equal(rename("s/t-1", "s/gone"), 0);
	assert_int_equal(run("0"), 0);
	assert_null(text_of("ran"));
	assert_false(has_result("t-1"));
}

static void nothing_runs_outside_the_root(void **state)
{
	struct job_task *tasks[] = {task("t-1", 0, "echo ran >ran"), NULL};
	char here[4096];

	(void)state;
	batch_of(tasks[0], NULL);
	/* where the directory is not there, the scheduler starts it in another */
	assert_int_equal(end_of(start_in("/", BATCH, "0")), EXIT_WORLD);
	assert_non_null(strstr(text_of("said"), "in /: is the pipeline's root the same"));
	/* another tree in the root's place, with all that is needed in it but the batch */
	assert_int_equal(fs_mkdirs("other/s/t-1", NULL), 0);
	assert_non_null(getcwd(here, sizeof here));
	write_batch(BATCH, arena_fmt(&arena, "%s/other", here), tasks);
	assert_int_equal(run("0"), EXIT_WORLD);
	assert_non_null(strstr(text_of("said"), "other' is not the pipeline's root"));
	assert_int_equal(fs_mkdirs("other/out/j/jobs", NULL), 0);
	assert_int_equal(fs_copy(BATCH, "other/" BATCH, NULL), 0);
	assert_int_equal(run("0"), EXIT_WORLD);
	assert_null(text_of("ran"));
	assert_null(text_of("other/ran"));
	assert_int_equal(unlink("other/" BATCH), 0);
	assert_int_equal(rename(BATCH, "other/" BATCH), 0);
	/* started elsewhere, it goes there */
	assert_int_equal(end_of(start_in("/", arena_fmt(&arena, "%s/other/" BATCH, here), "0")), 0);
	assert_string_equal(text_of("other/ran"), "ran\n");
}

static void a_timeout_ends_it(void **state)
{
	struct job_task *t = task("t-1", 0, "sleep 100");

	(void)state;
	t->launch.timeout_ms = 100;
	batch_of(t, NULL);
	assert_int_equal(run("0"), 128 + SIGTERM);
	read_result("t-1");
	assert_int_equal(result.end.outcome.cause, EXEC_BY_TIMEOUT);
	assert_int_equal(result.end.outcome.signal, SIGTERM);
	assert_int_equal(result.made_count, 0);
}

#define TRAPS "trap 'echo ended; exit 7' TERM; echo >ready; sleep 100 & wait"

static void a_signal_stops_it_with_its_grace(void **state)
{
	struct job_task *next = task("t-2", 0, "echo ran >ran");

	(void)state;
	batch_of(task("t-1", 0, TRAPS), next);
	pid_t pid = start_in(NULL, BATCH, "0");
	wait_for("ready");
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(end_of(pid), 128 + SIGTERM);
	read_result("t-1");
	assert_int_equal(result.end.outcome.cause, EXEC_BY_STOP);
	assert_int_equal(result.end.outcome.exit_code, 7);
	assert_string_equal(result.last[0], "ended");
	/* and so those behind it */
	assert_false(has_result("t-2"));
	assert_null(text_of("s/t-2/.claim"));
}

static void wait_until_it_reads(pid_t pid, const char *path)
{
	char link[64], at[4096];
	size_t len = strlen(path);

	for (int i = 0; i < 10000; i++) {
		for (int fd = 3; fd < 32; fd++) {
			snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, fd);
			ssize_t n = readlink(link, at, sizeof at);
			if (n > (ssize_t)len && memcmp(at + n - len, path, len) == 0)
				return;
		}
		poll(NULL, 0, 1);
	}
	fail_msg("%s is not read", path);
}

/* Who sends it kills what is left soon; to read all of it would take a minute and more. */
static void a_signal_ends_the_reading_of_what_was_made(void **state)
{
	struct job_task *t = task("t-1", 0,
		"echo a >s/t-1/a; mkdir s/t-1/d; truncate -s 1T s/t-1/d/big; echo z >s/t-1/z");
	struct job_task *next = task("t-2", 0, "echo ran >ran");
	static const struct launch_made made[] = {
		{.at = "s/t-1/a", .path = "s/a", .is_output = true},
		{.at = "s/t-1/d", .path = "s/d", .is_output = true},
		{.at = "s/t-1/z", .path = "s/z", .is_output = true},
	};
	struct digest a = digest_bytes("a\n", 2);

	(void)state;
	away_of(t)->made = made;
	away_of(t)->made_count = 3;
	batch_of(t, next);
	pid_t pid = start_in(NULL, BATCH, "0");
	wait_until_it_reads(pid, "/s/t-1/d/big");
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(end_of(pid), 128 + SIGTERM);
	read_result("t-1");
	assert_int_equal(result.end.outcome.cause, EXEC_BY_ITSELF);
	assert_int_equal(result.end.outcome.exit_code, 0);
	assert_int_equal(result.made_count, 3);
	assert_true(result.made[0].is_read && digest_eq(&result.made[0].sum, &a));
	assert_false(result.made[1].is_read || result.made[2].is_read);
	assert_int_equal(result.made[2].stat.size, 2);
	assert_null(text_of("ran"));
}

static void a_second_signal_kills_it(void **state)
{
	(void)state;
	batch_of(
		task("t-1", 0,
			"trap 'echo >termed' TERM; echo >ready; while :; do sleep 0.01 || :; done"),
		NULL);
	pid_t pid = start_in(NULL, BATCH, "0");
	wait_for("ready");
	assert_int_equal(kill(pid, SIGTERM), 0);
	wait_for("termed");
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(end_of(pid), 128 + SIGKILL);
	read_result("t-1");
	assert_int_equal(result.end.outcome.cause, EXEC_BY_STOP);
	assert_int_equal(result.end.outcome.signal, SIGKILL);
}

/* What the scheduler kills it kills of all processes: the command may be gone before. */
static void a_command_that_is_killed_beside_it_was_stopped(void **state)
{
	(void)state;
	batch_of(task("t-1", 0, "echo $$ >pid; mv pid ready; exec sleep 100"), NULL);
	pid_t pid = start_in(NULL, BATCH, "0");
	wait_for("ready");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(kill((pid_t)atoi(text_of("ready")), SIGTERM), 0);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(end_of(pid), 128 + SIGTERM);
	read_result("t-1");
	assert_int_equal(result.end.outcome.cause, EXEC_BY_STOP);
}

static void the_end_of_what_started_it_stops_it(void **state)
{
	(void)state;
	batch_of(task("t-1", 0, TRAPS), NULL);
	pid_t parent = fork();
	if (parent == 0) {
		start_in(NULL, BATCH, "0");
		for (;;)
			pause();
	}
	wait_for("ready");
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(end_of(parent), -1);
	wait_for("out/j/jobs/done/t-1");
	read_result("t-1");
	assert_int_equal(result.end.outcome.cause, EXEC_BY_STOP);
	assert_int_equal(result.end.outcome.exit_code, 7);
}

static void nothing_outlives_the_command(void **state)
{
	(void)state;
	batch_of(task("t-1", 0, "setsid sleep 1000 >sleeps 2>&1 & echo $! >pid"), NULL);
	assert_int_equal(run("0"), 0);
	read_result("t-1");
	assert_non_null(strstr(result.end.text, "the command left "));
	assert_true(result.end.outcome.may_linger);
	assert_int_equal(kill((pid_t)atoi(text_of("pid")), 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void what_cannot_be_started_is_told_as_it_is_locally(void **state)
{
	struct job_task *t = task("t-1", 0, ""), *u = task("t-2", 0, "true");
	static const struct command_redirect redirect = {
		.fd = 0, .from = -1, .flags = O_RDONLY, .path = "no/such"};

	(void)state;
	t->launch.command->argv[0] = "no-such-program-at-all";
	((struct command *)(uintptr_t)u->launch.command)->redirects =
		(struct command_redirect *)(uintptr_t)&redirect;
	((struct command *)(uintptr_t)u->launch.command)->redirect_count = 1;
	batch_of(t, u);
	assert_int_equal(run("0"), 1);
	read_result("t-1");
	assert_int_equal(result.end.kind, EXEC_REFUSED);
	assert_int_equal(result.end.outcome.exit_code, 127);
	assert_string_equal(
		result.end.text, "cannot execute 'no-such-program-at-all': command not found");
	read_result("t-2");
	assert_int_equal(result.end.kind, EXEC_REFUSED);
	assert_non_null(strstr(result.end.text, "cannot open 'no/such' for the command"));
}

static void those_of_an_index_run_one_after_the_other(void **state)
{
	struct job_task *tasks[] = {task("t-1", 1, "echo 1 >>ran; exit 5"),
		task("t-2", 0, "echo other >>ran"), task("t-3", 1, "echo 3 >>ran"), NULL};
	char here[4096];

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	write_batch(BATCH, here, tasks);
	assert_int_equal(run("1"), 5);
	assert_string_equal(text_of("ran"), "1\n3\n");
	assert_true(has_result("t-1") && has_result("t-3") && !has_result("t-2"));
	assert_null(text_of("s/t-2/.claim"));
}

static void what_slurm_says_is_for_the_command_too(void **state)
{
	(void)state;
	batch_of(task("t-1", 0, "echo $SLURM_ARRAY_JOB_ID >id"), NULL);
	setenv("SLURM_ARRAY_JOB_ID", "12", 1);
	setenv("SLURM_ARRAY_TASK_ID", "0", 1);
	setenv("SLURMD_NODENAME", "nodea", 1);
	assert_int_equal(run("0"), 0);
	unsetenv("SLURM_ARRAY_JOB_ID");
	unsetenv("SLURM_ARRAY_TASK_ID");
	unsetenv("SLURMD_NODENAME");
	read_result("t-1");
	assert_string_equal(result.job, "12_0");
	assert_string_equal(result.host, "nodea");
	assert_string_equal(text_of("id"), "12\n");
	assert_true(strncmp(text_of("s/t-1/.claim"), "job 12_0\nhost nodea\nboot ", 24) == 0);
}

static void a_batch_that_is_cut_runs_nothing(void **state)
{
	struct stat st;

	(void)state;
	batch_of(task("t-1", 0, "echo ran >ran"), NULL);
	assert_int_equal(stat(BATCH, &st), 0);
	assert_int_equal(truncate(BATCH, st.st_size - 1), 0);
	assert_int_equal(run("0"), EXIT_WORLD);
	assert_null(text_of("ran"));
	assert_null(text_of("s/t-1/.claim"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_command_is_run_and_what_it_made_is_read),
		TEST(an_output_that_names_its_work_directory_is_told),
		TEST(what_it_says_stands_in_its_log_where_it_was_said),
		TEST(of_fifty_that_start_it_one_runs_it),
		TEST(what_its_head_has_given_up_is_not_run),
		TEST(nothing_runs_outside_the_root),
		TEST(a_timeout_ends_it),
		TEST(a_signal_stops_it_with_its_grace),
		TEST(a_signal_ends_the_reading_of_what_was_made),
		TEST(a_second_signal_kills_it),
		TEST(a_command_that_is_killed_beside_it_was_stopped),
		TEST(the_end_of_what_started_it_stops_it),
		TEST(nothing_outlives_the_command),
		TEST(what_cannot_be_started_is_told_as_it_is_locally),
		TEST(those_of_an_index_run_one_after_the_other),
		TEST(what_slurm_says_is_for_the_command_too),
		TEST(a_batch_that_is_cut_runs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

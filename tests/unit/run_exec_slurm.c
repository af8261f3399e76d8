/* exec_slurm, with commands that only answer what the test says, and a clock that does not wait.
 * This file's slurm_command_... stand in for those of the library. */
#include "base_test.h"

#include <poll.h>
#include <signal.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/command/command.h"
#include "run/exec/exec.h"
#include "run/exec/jobfile.h"
#include "run/exec/slurm_command.h"

#define JOBS "jobs"
#define BEGIN_NS INT64_C(1700000000000000000)

struct slurm_command {
	struct slurm_answer answer;
	int64_t ready_ms;
};

static struct {
	int64_t now_ms;
	struct buf log;                      /* what was called, and what was told */
	struct slurm_answer sbatch, scancel; /* exit_code 0: the usual answer */
	const char *queue;                   /* what squeue says; NULL: it fails */
	const char *account;                 /* and sacct; NULL: there is none */
	int64_t sbatch_ms, squeue_ms;        /* so long they take */
	unsigned jobs, asked, turns;
	bool is_barred;  /* the lock is lost */
	uint32_t losses; /* of what is started, before */
	char out[64], name[80];
	struct buf batch; /* name of the last one */
	struct buf kept;  /* the answer of squeue, @ being that name */
} fake;

static int64_t mono_ns(void)
{
	return fake.now_ms * 1000000;
}

static int64_t wall_ns(void)
{
	return BEGIN_NS + mono_ns();
}

static int no_poll(struct pollfd *polls, size_t count, int timeout_ms)
{
	(void)polls;
	(void)count;
	fake.now_ms += timeout_ms;
	return 0;
}

static const struct clock fake_clock = {.mono_ns = mono_ns, .wall_ns = wall_ns, .poll = no_poll};

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&fake.log, fmt, args);
	va_end(args);
	buf_char(&fake.log, '\n');
}

/* Words of sbatch that tests look at. */
static void note_sbatch(char *const *argv)
{
	struct buf words = {0};
	static const char *const shown[] = {
		"--array=", "--cpus", "--mem=", "--time=", "--part", "--gpus", "--nice"};

	bool is_once = false;

	for (; *argv; argv++) {
		is_once |= strcmp(*argv, "--no-requeue") == 0;
		if (strncmp(*argv, "--job-name=rs-", 14) == 0) {
			buf_reset(&fake.batch);
			buf_str(&fake.batch, *argv + 14);
		}
		for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
			if (strncmp(*argv, shown[i], strlen(shown[i])) == 0)
				buf_fmt(&words, " %s", *argv);
		}
	}
	assert_true(is_once);
	note("sbatch%s", buf_text(&words));
	buf_free(&words);
}

/* With @ replaced by "rs-" and the name of the last batch. */
static const char *queue_text(void)
{
	buf_reset(&fake.kept);
	for (const char *p = fake.queue; *p; p++) {
		if (*p == '@')
			buf_fmt(&fake.kept, "rs-%s", buf_text(&fake.batch));
		else
			buf_char(&fake.kept, *p);
	}
	return buf_text(&fake.kept);
}

struct slurm_command *slurm_command_start(char *const *argv, const char *input, int64_t limit_ms)
{
	struct slurm_command *command = mem_alloc(sizeof *command);

	(void)limit_ms;
	command->ready_ms = fake.now_ms;
	command->answer = (struct slurm_answer){.out = "", .text = ""};
	if (strcmp(argv[0], "sbatch") == 0) {
		assert_non_null(strstr(input, "SLURM_ARRAY_TASK_ID"));
		note_sbatch(argv);
		command->ready_ms += fake.sbatch_ms;
		snprintf(fake.out, sizeof fake.out, "%u\n", ++fake.jobs);
		command->answer.out = fake.out;
		if (fake.sbatch.exit_code)
			command->answer = fake.sbatch;
	} else if (strcmp(argv[0], "squeue") == 0) {
		fake.asked++;
		command->ready_ms += fake.squeue_ms;
		if (fake.queue)
			command->answer.out = queue_text();
		else
			command->answer = (struct slurm_answer){1, false, "",
				"slurm_load_jobs error: Unable to contact slurm controller"};
	} else if (strcmp(argv[0], "sacct") == 0) {
		command->answer = fake.account ? (struct slurm_answer){0, false, fake.account, ""}
					       : (struct slurm_answer){1, false, "", "disabled"};
	} else {
		struct buf words = {0};
		for (; *argv; argv++)
			buf_fmt(&words, "%s%s", words.len ? " " : "", *argv);
		note("%s", buf_text(&words));
		buf_free(&words);
		if (fake.scancel.exit_code)
			command->answer = fake.scancel;
	}
	return command;
}

size_t slurm_command_fds(const struct slurm_command *command, struct pollfd *polls)
{
	(void)command;
	(void)polls;
	return 0;
}

int64_t slurm_command_wake_ms(const struct slurm_command *command)
{
	return command->ready_ms;
}

bool slurm_command_step(struct slurm_command *command, struct slurm_answer *answer)
{
	*answer = command->answer;
	return fake.now_ms >= command->ready_ms;
}

void slurm_command_free(struct slurm_command *command)
{
	free(command);
}

static int begin(void **state)
{
	memset(&fake, 0, sizeof fake);
	fake.now_ms = 1000;
	fake.queue = "";
	clock_use(&fake_clock);
	return test_enter(state);
}

static int end(void **state)
{
	clock_use(NULL);
	buf_free(&fake.log);
	buf_free(&fake.batch);
	buf_free(&fake.kept);
	return test_leave(state);
}

static bool may_go(void *ctx)
{
	(void)ctx;
	return !fake.is_barred;
}

static struct exec *open_exec(void)
{
	const struct exec_options options = {
		.held_fd = -1,
		.root = "/root dir",
		.job = "asr",
		.jobs_dir = JOBS,
		.program = "/usr/libexec/restage-attempt",
		.may_go = may_go,
	};
	struct err err = {0};
	struct exec *exec = exec_slurm.open(&options, &err);

	assert_non_null(exec);
	return exec;
}

static char *words[] = {"true", NULL};
static const struct command command = {.argv = words, .argc = 1, .is_direct = true};

/* Its token is t<id>, its directory too, which is made. */
static void start_with(
	struct exec *exec, uint64_t id, const struct launch_queue *queue, uint32_t threads)
{
	char token[24];
	struct err err = {0};
	struct exec_event refusal;
	struct launch_away away = {
		.token = token,
		.own_dir = token,
		.log_path = "stage.log",
		.stage = "s",
		.number = 1,
		.identity = "i",
		.losses = fake.losses,
		.threads = threads,
		.memory = 3 << 19,
	};
	struct launch launch = {.id = id, .command = &command, .grace_ms = 10000, .away = &away};

	snprintf(token, sizeof token, "t%u", (unsigned)id);
	if (queue)
		away.queue = *queue;
	mkdir(token, 0777);
	int status = exec_slurm.start(exec, &launch, &refusal, &err);
	if (status == 1)
		note("%u refused at once: %s", (unsigned)id, refusal.text);
	assert_true(status >= 0);
}

static void start(struct exec *exec, uint64_t id)
{
	start_with(exec, id, NULL, 1);
}

static void note_event(struct exec *exec, const struct exec_event *event, bool settles)
{
	static const char *const causes[] = {
		"by itself", "by timeout", "by stop", "by others", "by memory", "by loss"};
	unsigned id = (unsigned)event->id;
	const char *text = event->text ? event->text : "-";

	switch (event->kind) {
	case EXEC_SUBMITTED:
		note("%u submitted %s %s", id, event->job ? event->job : "-", text);
		break;
	case EXEC_STARTED:
		assert_true(event->submitted_ns > 0);
		note("%u started %s", id, event->host ? event->host : "-");
		break;
	case EXEC_REFUSED:
		note("%u refused: %s", id, text);
		break;
	case EXEC_NOTICE:
		note("notice: %.28s", text);
		break;
	default:
		note("%u ended %s %d: %s", id, causes[event->outcome.cause],
			event->outcome.exit_code, text);
		break;
	}
	if (settles && (event->kind == EXEC_ENDED || event->kind == EXEC_REFUSED))
		exec_slurm.settled(exec, event->id);
}

/* Takes what comes until then. */
static void run_until(struct exec *exec, int64_t ms)
{
	struct exec_event event;
	struct err err = {0};

	for (;;) {
		while (exec_slurm.next(exec, NULL, &event, &err) > 0)
			note_event(exec, &event, true);
		int64_t wake = exec_slurm.wake_ms(exec);
		if (wake < 0 || wake > ms)
			break;
		fake.now_ms = wake > fake.now_ms ? wake : fake.now_ms + 1;
		fake.turns++;
	}
	fake.now_ms = ms;
}

/* What the node of that attempt leaves. */
static void leave_result(unsigned id, enum exec_cause cause, int exit_code)
{
	char token[24], path[64];
	struct buf text = {0};
	struct job_result result = {
		.token = token,
		.job = "1_0",
		.host = "node7",
		.started_ns = BEGIN_NS,
		.ended_ns = BEGIN_NS + 1,
		.cause = "",
		.end = {.kind = EXEC_ENDED, .outcome = exec_unknown},
	};

	snprintf(token, sizeof token, "t%u", id);
	result.end.outcome.exit_code = exit_code;
	result.end.outcome.cause = cause;
	jobfile_write_result(&result, &text);
	snprintf(path, sizeof path, JOBS "/done/%s", token);
	test_write_bytes(path, text.data, text.len);
	buf_free(&text);
}

/* As its node does in that job. */
static void claim_by(unsigned id, const char *job)
{
	char path[40], text[80];

	snprintf(path, sizeof path, "t%u/.claim", id);
	snprintf(text, sizeof text, "job %s\nhost node7\nboot 1\n", job);
	test_write(path, text);
}

static void claim(unsigned id)
{
	claim_by(id, "1_0");
}

static bool is_claimed(unsigned id)
{
	char path[40];

	snprintf(path, sizeof path, "t%u/.claim", id);
	return access(path, F_OK) == 0;
}

static unsigned count_files(void)
{
	struct arena arena = {0};
	char **names;
	size_t count = 0;
	struct err err = {0};

	if (fs_list(&arena, JOBS, &names, &count, &err) < 0)
		count = 0;
	arena_free(&arena);
	return (unsigned)count;
}

/* Ends it, and checks what was noted since the last time. */
#define assert_log(want) \
	do { \
		assert_string_equal(buf_text(&fake.log), want); \
		buf_reset(&fake.log); \
	} while (0)

static void attempts_of_one_kind_are_one_array(void **state)
{
	struct exec *exec = open_exec();
	const struct launch_queue long_one = {
		.partition = "long", .extra = "--nice='1 0'", .time_ms = 90000};

	(void)state;
	start(exec, 1);
	start(exec, 2);
	start_with(exec, 3, &long_one, 4);
	assert_log("");
	run_until(exec, 1100);
	assert_log(
		"sbatch --array=0-1 --cpus-per-task=1 --mem=2M\n"
		"sbatch --array=0-0 --cpus-per-task=4 --mem=2M --time=2 --partition=long --nice=1 "
		"0\n1 submitted 1_0 -\n2 submitted 1_1 -\n3 submitted 2_0 -\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	leave_result(2, EXEC_BY_ITSELF, 3);
	leave_result(3, EXEC_BY_ITSELF, 0);
	run_until(exec, 2000);
	assert_log("3 started node7\n3 ended by itself 0: -\n1 started node7\n"
		   "1 ended by itself 0: -\n2 started node7\n2 ended by itself 3: -\n");
	assert_int_equal(fake.asked, 0);
	assert_int_equal(count_files(), 1);
	exec_slurm.close(exec);
	assert_int_equal(access(JOBS, F_OK), -1);
}

/* Whoever reads it could read the words of commands. */
static const struct launch_queue unknown = {
	.pack_seconds = 600, .expected_seconds = -1, .time_ms = 1800000};

/* Of many that nobody has seen, one goes first. */
static void short_ones_share_jobs(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 1; id <= 201; id++)
		start_with(exec, id, &unknown, 1);
	run_until(exec, 1200);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M --time=30\n1 submitted 1_0 -\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	fake.queue = "2|0|RUNNING|None|n3|1700000001|@\n2|1-2|PENDING|Priority||N/A|@\n";
	run_until(exec, 1800);
	assert_non_null(strstr(buf_text(&fake.log), "sbatch --array=0-2 "));
	assert_non_null(strstr(buf_text(&fake.log), "\n2 submitted 2_0 -\n"));
	assert_non_null(strstr(buf_text(&fake.log), "\n201 submitted 2_2 -\n"));
	/* Of one job only the one that was taken has started. */
	buf_reset(&fake.log);
	claim_by(3, "2_0");
	run_until(exec, 35000);
	assert_non_null(strstr(buf_text(&fake.log), "3 started n3\n"));
	assert_null(strstr(buf_text(&fake.log), "2 started"));
	/* What takes the job's end with it, but did not run, is not at fault. */
	buf_reset(&fake.log);
	fake.queue = "2|0|TIMEOUT|None|n3|1700000001|@\n2|1-2|PENDING|Priority||N/A|@\n";
	run_until(exec, 100000);
	assert_non_null(strstr(buf_text(&fake.log), "\n3 ended by timeout"));
	assert_non_null(strstr(buf_text(&fake.log), "2 ended by loss"));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static const struct launch_queue known = {.pack_seconds = 600, .expected_seconds = 1};

/* Where none began, the node could not run any. */
static void what_never_began_in_a_failed_job_is_lost(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 1; id <= 8; id++)
		start_with(exec, id, &known, 1);
	run_until(exec, 1100);
	assert_non_null(strstr(buf_text(&fake.log), "4 submitted 1_0 -\n5 submitted 1_1 -\n"));
	claim(1);
	fake.queue = "1|0-1|FAILED|NonZeroExitCode|n3|1700000001|@\n";
	run_until(exec, 30000);
	assert_non_null(strstr(buf_text(&fake.log), "\n1 ended by others"));
	assert_non_null(strstr(buf_text(&fake.log), "\n2 ended by loss"));
	assert_non_null(strstr(buf_text(&fake.log), "\n4 ended by loss"));
	assert_non_null(strstr(buf_text(&fake.log), "\n5 ended by others"));
	exec_slurm.close(exec);
}

static void what_shares_a_job_fits_into_its_time(void **state)
{
	struct exec *exec = open_exec();
	const struct launch_queue queue = {
		.pack_seconds = 600, .expected_seconds = 2, .time_ms = 9000};

	(void)state;
	for (uint64_t id = 1; id <= 8; id++)
		start_with(exec, id, &queue, 1);
	run_until(exec, 1100);
	assert_non_null(strstr(buf_text(&fake.log), "sbatch --array=0-7 "));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static const struct launch_queue five_minutes = {.pack_seconds = 600, .expected_seconds = 300};
static const struct launch_queue hours = {.pack_seconds = 600, .expected_seconds = 7200};

/* Nothing is said of their time. What has a job of its own may take any. */
static void what_shares_a_job_has_a_time_for_that(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 1; id <= 200; id++)
		start_with(exec, id, id == 3 ? &hours : id < 6 ? &five_minutes : &known, 1);
	run_until(exec, 1100);
	assert_non_null(
		strstr(buf_text(&fake.log), "sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"));
	assert_non_null(strstr(buf_text(&fake.log), " --time=15 --cpus-per-task=1 --mem=2M\n"));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static uint64_t take_all(void *ctx, const struct exec_found *found)
{
	(void)ctx;
	return (uint64_t)atoi(found->away->token + 1);
}

/* It is no fault of theirs, also for the next head. */
static void what_shared_a_job_for_too_long_is_lost(void **state)
{
	struct exec *exec = open_exec();
	struct err err = {0};

	(void)state;
	for (uint64_t id = 1; id <= 8; id++)
		start_with(exec, id, &known, 1);
	run_until(exec, 1100);
	assert_non_null(strstr(buf_text(&fake.log), "sbatch --array=0-1 "));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	exec = open_exec();
	exec_slurm.adopt(exec, take_all, NULL, &err);
	buf_reset(&fake.log);
	leave_result(1, EXEC_BY_ITSELF, 0);
	claim(2);
	leave_result(2, EXEC_BY_STOP, -1);
	fake.queue = "1|0|TIMEOUT|None|n3|1700000001|@\n1|1|PENDING|Priority||N/A|@\n";
	run_until(exec, 30000);
	assert_non_null(strstr(buf_text(&fake.log), "1 ended by itself 0"));
	assert_non_null(strstr(buf_text(&fake.log),
		"2 ended by loss -1: TIMEOUT: a job that several stages shared took too long"));
	assert_non_null(strstr(buf_text(&fake.log), "3 ended by loss"));
	/* The next time each has a job of its own. */
	buf_reset(&fake.log);
	fake.losses = 1;
	for (uint64_t id = 12; id <= 14; id++)
		start_with(exec, id, &known, 1);
	run_until(exec, 31000);
	assert_non_null(
		strstr(buf_text(&fake.log), "sbatch --array=0-2 --cpus-per-task=1 --mem=2M\n"));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void long_ones_are_not_waited_for(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 1; id <= 40; id++)
		start_with(exec, id, &unknown, 1);
	fake.queue = "1|0|RUNNING|None|n3|1700000001|@\n";
	run_until(exec, 30000);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M --time=30\n1 submitted 1_0 -\n"
		   "1 started n3\n");
	run_until(exec, 31300);
	assert_non_null(strstr(buf_text(&fake.log), "sbatch --array=0-38 "));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void a_few_go_at_once(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 1; id <= 10; id++)
		start_with(exec, id, &unknown, 1);
	run_until(exec, 1100);
	assert_non_null(strstr(buf_text(&fake.log), "sbatch --array=0-9 "));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void batches_are_for_their_owner(void **state)
{
	struct exec *exec = open_exec();
	char path[128];
	struct stat st;

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	snprintf(path, sizeof path, JOBS "/%s", buf_text(&fake.batch));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void order_of_ends_does_not_matter(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 5; id < 9; id++)
		start(exec, id);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	leave_result(7, EXEC_BY_ITSELF, 0);
	run_until(exec, 2000);
	leave_result(5, EXEC_BY_ITSELF, 0);
	leave_result(8, EXEC_BY_ITSELF, 0);
	run_until(exec, 4000);
	leave_result(6, EXEC_BY_ITSELF, 0);
	run_until(exec, 8000);
	assert_log("7 started node7\n7 ended by itself 0: -\n"
		   "5 started node7\n5 ended by itself 0: -\n8 started node7\n"
		   "8 ended by itself 0: -\n6 started node7\n6 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

static void extra_words_need_no_shell(void **state)
{
	struct exec *exec = open_exec();
	const struct launch_queue queue = {.extra = "--nice=$(id -u)"};

	(void)state;
	start_with(exec, 1, &queue, 1);
	assert_log(
		"1 refused at once: slurm.extra: '--nice=$(id -u)' needs a shell: only words and "
		"quotes can stand there\n");
	exec_slurm.close(exec);
}

static void reasons_and_starts_are_told(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0-1|PENDING|PartitionConfig||N/A|@\n";
	run_until(exec, 7000);
	assert_log("1 submitted 1_0 PartitionConfig\n2 submitted 1_1 PartitionConfig\n");
	fake.queue = "1|1|PENDING|PartitionConfig||N/A|@\n1|0|RUNNING|None|n3|1700000007|@\n";
	run_until(exec, 70000);
	assert_log("1 started n3\n");
	assert_in_range(fake.asked, 2, 3);
	leave_result(1, EXEC_BY_ITSELF, 0);
	leave_result(2, EXEC_BY_ITSELF, 0);
	run_until(exec, 80000);
	assert_log("1 ended by itself 0: -\n2 started node7\n2 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

static void refused_in_the_words_of_slurm(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = (struct slurm_answer){1, false, "",
		"sbatch: error: invalid partition specified: nope\n"
		"sbatch: error: Batch job submission failed: Invalid partition name specified\n"};
	start(exec, 1);
	run_until(exec, 1100);
	assert_log(
		"sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		"1 refused: invalid partition specified: nope; Batch job submission failed: Invalid "
		"partition name specified\n");
	assert_int_equal(count_files(), 1);
	exec_slurm.close(exec);
}

static const struct slurm_answer no_answer = {1, false, "",
	"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"};

static void unsure_and_there_is_not_submitted_again(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	fake.queue = "7|0|PENDING|Priority||N/A|@\n";
	start(exec, 1);
	run_until(exec, 60000);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		   "1 submitted 7_0 Priority\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 70000);
	assert_log("1 started node7\n1 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

static void unsure_and_not_there_is_submitted_again(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	run_until(exec, 9000);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n");
	fake.sbatch.exit_code = 0;
	run_until(exec, 30000);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n1 submitted 2_0 -\n");
	/* The first one turns up after all, and finds that the attempt is taken. */
	fake.queue = "1|0|COMPLETED|None|n1|1700000007|@\n2|0|RUNNING|None|n2|1700000007|@\n";
	run_until(exec, 90000);
	assert_log("1 started n2\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 95000);
	assert_log("1 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

static void what_is_submitted_again_has_its_indices(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 9000);
	buf_reset(&fake.log);
	fake.sbatch.exit_code = 0;
	exec_slurm.stop(exec, 1, false);
	for (int64_t at = 9100; at < 30000 && fake.jobs < 2; at += 100)
		run_until(exec, at);
	assert_log("1 ended by stop -1: -\nsbatch --array=0-1 --cpus-per-task=1 --mem=2M\n"
		   "2 submitted 2_1 -\n");
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void refused_in_words_that_nobody_knows(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = (struct slurm_answer){1, false, "", "sbatch: error: the moon is full\n"};
	start(exec, 1);
	run_until(exec, 120000);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		   "1 submitted - the moon is full\n"
		   "sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		   "sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		   "1 refused: the moon is full\n");
	assert_true(is_claimed(1));
	exec_slurm.close(exec);
}

/* Not even what had to be asked twice is asked when nobody answers. */
static void silence_changes_nothing(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = NULL;
	run_until(exec, 60000);
	assert_log("");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 300000);
	assert_log(
		"1 started node7\n1 ended by itself 0: -\nnotice: Slurm has not answered since\n");
	fake.queue = "1|1|RUNNING|None|n3|1700000007|@\n";
	run_until(exec, 320000);
	assert_log("notice: Slurm answers again\n2 started n3\n");
	leave_result(2, EXEC_BY_ITSELF, 0);
	run_until(exec, 330000);
	assert_log("2 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

static void nothing_is_submitted_into_silence(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	fake.queue = NULL;
	start(exec, 1);
	run_until(exec, 3000);
	start(exec, 2);
	run_until(exec, 50000);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n");
	fake.sbatch.exit_code = 0;
	fake.queue = "1|0|RUNNING|None|n3|1700000007|@\n";
	run_until(exec, 62000);
	assert_log("1 submitted 1_0 -\n1 started n3\n"
		   "sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n2 submitted 2_0 -\n");
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

/* Not even what was about to. */
static void nothing_is_submitted_by_who_leaves(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch_ms = 3000;
	start(exec, 1);
	run_until(exec, 1100);
	start_with(exec, 2, NULL, 2);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	assert_log("sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n");
	assert_int_equal(count_files(), 2);
}

static void without_the_lock_nothing_is_done(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.is_barred = true;
	start(exec, 2);
	run_until(exec, 1300);
	exec_slurm.stop(exec, 1, true);
	run_until(exec, 20000); /* and it is missing in the queue */
	exec_slurm.close(exec);
	assert_log("");
	assert_false(is_claimed(1));
	assert_int_equal(count_files(), 2);
}

static void gone_and_never_taken_is_lost_at_once(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	run_until(exec, 7000);
	assert_log(
		"1 ended by loss -1: its job is gone: Slurm does not know it any more (job 1_0)\n");
	/* No job that turns up later does anything for it. */
	assert_true(is_claimed(1));
	exec_slurm.close(exec);
}

static void what_was_submitted_meanwhile_is_not_missing(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start_with(exec, 1, NULL, 2);
	run_until(exec, 1100);
	fake.queue = "1|0|RUNNING|None|n3|1700000001|@\n";
	fake.squeue_ms = 3000;
	run_until(exec, 6500);
	start(exec, 2);
	run_until(exec, 12000);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	assert_log(
		"sbatch --array=0-0 --cpus-per-task=2 --mem=2M\n1 submitted 1_0 -\n"
		"sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n2 submitted 2_0 -\n1 started n3\n");
}

static void gone_and_taken_has_a_minute_for_its_result(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	claim(1);
	claim(2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0-1|NODE_FAIL|None|n3|1700000001|@\n";
	run_until(exec, 40000);
	assert_log("");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 100000);
	assert_log("1 started node7\n1 ended by itself 0: -\n"
		   "2 ended by loss -1: NODE_FAIL (job 1_1 on n3)\n");
	exec_slurm.close(exec);
}

/* Whatever squeue said before, it is there. */
/* Numbers that a slurmctld which was killed gives a second time are refused by the nodes. */
static void what_could_not_begin_on_its_node_is_lost(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0|CANCELLED|None|n3|1700000001|@\n1|1|CANCELLED|None||N/A|@\n";
	run_until(exec, 7000);
	assert_log(
		"1 ended by loss -1: CANCELLED: its job came to a node, and did not begin there (job "
		"1_0 on n3)\n"
		"2 ended by others -1: CANCELLED: somebody cancelled its job in Slurm (job 1_1)\n");
	exec_slurm.close(exec);
}

static void overdue_and_back_again(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	claim(1);
	run_until(exec, 7000);
	buf_reset(&fake.log);
	fake.queue = "1|0|RUNNING|None|n3|1700000001|@\n";
	run_until(exec, 200000);
	assert_log("1 started n3\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 210000);
	assert_log("1 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

static void a_late_result_is_waited_for_no_more(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	claim(1);
	run_until(exec, 1100);
	fake.queue = "1|0|NODE_FAIL|None|n3|1700000001|@\n1|1|RUNNING|None|n3|1700000001|@\n";
	run_until(exec, 10000);
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 20000);
	assert_non_null(strstr(buf_text(&fake.log), "1 ended by itself 0: -"));
	fake.turns = 0;
	run_until(exec, 80000);
	assert_in_range(fake.turns, 1, 100);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void a_state_that_nobody_knows_tells_nothing(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0|EXPEDITING|None|n3|1700000001|@\n";
	run_until(exec, 300000);
	assert_log("");
	assert_false(is_claimed(1));
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void accounts_know_what_the_queue_has_forgotten(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.account = "1_0|OUT_OF_MEMORY\n1_1|CANCELLED by 1000\n";
	start(exec, 1);
	start(exec, 2);
	claim(1);
	claim(2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	run_until(exec, 100000);
	assert_log(
		"1 ended by memory -1: OUT_OF_MEMORY: it wanted more memory than it was given (job "
		"1_0)\n2 ended by others -1: CANCELLED: somebody cancelled its job in Slurm (job "
		"1_1)\n");
	exec_slurm.close(exec);
}

static void output_of_the_job_says_why(void **state)
{
	struct exec *exec = open_exec();
	char path[128];

	(void)state;
	start(exec, 1);
	start(exec, 2);
	claim(1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0-1|FAILED|NonZeroExitCode|n3|1700000001|@\n";
	snprintf(path, sizeof path, JOBS "/%s.0.out", buf_text(&fake.batch));
	test_write(path,
		"DUE TO TIME LIMIT, says the stage\n"
		"slurmstepd: error: Step 1.0 exceeded memory limit (5 > 4), being killed\n");
	snprintf(path, sizeof path, JOBS "/%s.1.out", buf_text(&fake.batch));
	test_write(path, "restage-attempt: error while loading shared libraries: libx.so\n");
	run_until(exec, 100000);
	assert_log(
		"2 ended by others -1: its job ended without a result (job 1_1 on n3): restage-attempt: "
		"error while loading shared libraries: libx.so\n"
		"1 ended by memory -1: OUT_OF_MEMORY: it wanted more memory than it was given (job "
		"1_0 on n3)\n");
	assert_int_equal(count_files(), 1);
	exec_slurm.close(exec);
}

static void what_cannot_be_launched_is_cancelled(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0|PENDING|launch failed requeued held||N/A|@\n";
	run_until(exec, 6100);
	fake.queue = "1|N/A|CANCELLED|None||N/A|@\n";
	run_until(exec, 20000);
	assert_log(
		"1 submitted 1_0 launch failed requeued held\nscancel 1_0\n"
		"1 ended by loss -1: Slurm could not start its job, and held it back (job 1_0)\n");
	exec_slurm.close(exec);
}

/* Its own node says that it was ended by a signal: of whom? */
static void ended_from_outside(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		start(exec, id);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	for (unsigned id = 1; id <= 4; id++) {
		claim(id);
		leave_result(id, EXEC_BY_STOP, -1);
	}
	fake.queue = "1|0|CANCELLED|None|n3|1700000001|@\n1|1|PREEMPTED|None|n3|1700000001|@\n"
		     "1|2|RUNNING|None|n3|1700000001|@\n1|3|COMPLETING|None|n3|1700000001|@\n";
	run_until(exec, 4000);
	assert_log(
		"3 started n3\n1 started node7\n"
		"1 ended by others -1: CANCELLED: somebody cancelled its job in Slurm (job 1_0 on "
		"n3)\n2 started node7\n2 ended by loss -1: PREEMPTED (job 1_1 on n3)\n");
	fake.queue = "1|2|RUNNING|None|n3|1700000001|@\n1|3|TIMEOUT|None|n3|1700000001|@\n";
	run_until(exec, 20000);
	assert_log(
		"4 started node7\n"
		"4 ended by timeout -1: TIMEOUT: the time that the job had in Slurm was over (job "
		"1_3 on n3)\n"
		"3 ended by loss -1: its job was ended from outside (job 1_2 on n3)\n"
		"scancel 1_2\n");
	exec_slurm.close(exec);
}

static void all_are_cancelled_at_once(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	start_with(exec, 3, NULL, 2);
	run_until(exec, 1100);
	start(exec, 4);
	buf_reset(&fake.log);
	claim(1);
	for (uint64_t id = 1; id <= 4; id++)
		exec_slurm.stop(exec, id, false);
	fake.queue = "1|1|CANCELLED|None||N/A|rs-x\n2|N/A|CANCELLED|None||N/A|rs-y\n";
	run_until(exec, 1300);
	leave_result(1, EXEC_BY_STOP, -1);
	run_until(exec, 5000);
	assert_log("4 ended by stop -1: -\nscancel 2 1\n1 started node7\n1 ended by stop -1: -\n"
		   "3 ended by stop -1: -\n2 ended by stop -1: -\n");
	exec_slurm.close(exec);
}

/* It was not seen twice, and is about to be submitted again; a node has it all the same. */
static void what_turned_up_late_is_not_ended_unseen(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	run_until(exec, 1100);
	claim(1);
	fake.sbatch = (struct slurm_answer){1, false, "", "sbatch: error: Too many jobs\n"};
	run_until(exec, 20000);
	buf_reset(&fake.log);
	exec_slurm.stop(exec, 1, false);
	fake.queue = "7|0|RUNNING|None|n3|1700000001|@\n";
	run_until(exec, 21500);
	assert_log("1 submitted - Too many jobs\n1 started n3\nscancel 7\n");
	fake.queue = "7|0|COMPLETING|None|n3|1700000001|@\n";
	leave_result(1, EXEC_BY_STOP, -1);
	run_until(exec, 30000);
	assert_log("1 ended by stop -1: -\n");
	exec_slurm.close(exec);
}

/* Its first submission turned up after the second, and is held there. */
static void what_is_held_is_cancelled_by_its_own_number(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 9000);
	fake.sbatch.exit_code = 0;
	run_until(exec, 15000);
	buf_reset(&fake.log);
	fake.queue = "1|0|PENDING|launch failed requeued held||N/A|@\n"
		     "1|1|RUNNING|None|n3|1700000001|@\n2|0-1|PENDING|Priority||N/A|@\n";
	for (int64_t at = 15100; at < 60000 && !strstr(buf_text(&fake.log), "scancel"); at += 100)
		run_until(exec, at);
	assert_log("1 submitted 1_0 launch failed requeued held\n2 started n3\nscancel 1_0\n");
	/* The other job of it goes on. */
	fake.queue = "1|0|CANCELLED|None||N/A|@\n1|1|RUNNING|None|n3|1700000001|@\n"
		     "2|0|RUNNING|None|n4|1700000001|@\n2|1|PENDING|Priority||N/A|@\n";
	run_until(exec, 60000);
	assert_log("1 started n4\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	leave_result(2, EXEC_BY_ITSELF, 0);
	run_until(exec, 70000);
	assert_log("1 ended by itself 0: -\n2 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

/* Of two jobs, that one counts which has the attempt. */
static void the_end_of_another_job_tells_nothing(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	run_until(exec, 9000);
	fake.sbatch.exit_code = 0;
	run_until(exec, 15000);
	buf_reset(&fake.log);
	claim_by(1, "1_0");
	fake.queue = "2|0|CANCELLED|None||N/A|@\n"; /* the first one is forgotten */
	run_until(exec, 70000);
	assert_log("");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 80000);
	assert_log("1 started node7\n1 ended by itself 0: -\n");
	exec_slurm.close(exec);
}

/* And where that is over, nobody waits for the other. */
static void what_another_job_waits_for_is_not_waited_for(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	run_until(exec, 9000);
	fake.sbatch.exit_code = 0;
	run_until(exec, 15000);
	buf_reset(&fake.log);
	claim_by(1, "1_0");
	fake.queue = "1|0|TIMEOUT|None|n3|1700000001|@\n2|0|PENDING|Priority||N/A|@\n";
	run_until(exec, 150000);
	assert_log(
		"1 submitted 1_0 Priority\n1 ended by timeout -1: TIMEOUT: the time that the job "
		"had in Slurm was over (job 1_0 on n3)\n");
	exec_slurm.close(exec);
}

/* It was cancelled, and another job of it came up. */
static void what_is_still_there_is_cancelled_again(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	run_until(exec, 9000);
	fake.sbatch.exit_code = 0;
	run_until(exec, 15000);
	buf_reset(&fake.log);
	exec_slurm.stop(exec, 1, false);
	fake.queue = "1|0|PENDING|Priority||N/A|@\n2|0|CANCELLED|None||N/A|@\n";
	run_until(exec, 15600);
	fake.queue = "1|0|CANCELLED|None||N/A|@\n2|0|CANCELLED|None||N/A|@\n";
	run_until(exec, 20000);
	assert_log("scancel 2\n1 submitted 1_0 Priority\nscancel 2 1\n1 ended by stop -1: -\n");
	exec_slurm.close(exec);
}

/* It may be somebody else's by now. */
static void a_number_that_is_forgotten_is_cancelled_no_more(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = no_answer;
	start(exec, 1);
	run_until(exec, 9000);
	fake.sbatch.exit_code = 0;
	run_until(exec, 15000);
	fake.queue = "1|0|PENDING|Priority||N/A|@\n2|0|PENDING|Priority||N/A|@\n";
	run_until(exec, 60000);
	fake.queue = "2|0|PENDING|Priority||N/A|@\n";
	run_until(exec, 250000);
	buf_reset(&fake.log);
	exec_slurm.stop(exec, 1, false);
	fake.queue = "2|0|CANCELLED|None||N/A|@\n";
	run_until(exec, 252000);
	assert_log("scancel 2\n1 ended by stop -1: -\n");
	exec_slurm.close(exec);
}

static void one_of_an_array_is_cancelled_alone(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	exec_slurm.stop(exec, 2, false);
	fake.queue = "1|0|RUNNING|None|n3|1700000001|@\n1|1|CANCELLED|None||N/A|@\n";
	run_until(exec, 3000);
	assert_log("scancel 1_1\n1 started n3\n2 ended by stop -1: -\n");
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	assert_log("");
	assert_int_equal(count_files(), 2);
}

static void what_was_stopped_is_cancelled_by_who_leaves(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	exec_slurm.stop(exec, 1, true);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	assert_log("scancel --signal=KILL --full 1_0\nscancel 1_0\n");
}

static void a_scancel_that_is_not_there_is_tried_again(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0|RUNNING|None||N/A|@\n";
	fake.scancel =
		(struct slurm_answer){127, false, "", "cannot start 'scancel': command not found"};
	exec_slurm.stop(exec, 1, false);
	run_until(exec, 1500);
	fake.scancel.exit_code = 0;
	run_until(exec, 6300);
	assert_log("scancel 1\n1 started -\nscancel 1\n");
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void killed_into_silence_is_given_up(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = NULL;
	fake.scancel = (struct slurm_answer){1, false, "",
		"scancel: error: Kill job error on job id 1: Unable to contact slurm controller"};
	exec_slurm.stop(exec, 1, true);
	run_until(exec, 12000);
	assert_log(
		"scancel --signal=KILL --full 1\nscancel --signal=KILL --full 1\n"
		"1 ended by stop -1: Slurm has not told of its end: its job may still be there\n");
	exec_slurm.close(exec);
	assert_int_equal(count_files(), 1); /* the next head will look for it */
}

/* What goes on beside it is waited for as ever. */
static void given_up_once_is_no_busy_waiting(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	exec_slurm.stop(exec, 1, true);
	fake.queue = "1|0-1|RUNNING|None|n3|1700000001|@\n";
	run_until(exec, 12000);
	fake.turns = 0;
	run_until(exec, 72000);
	assert_in_range(fake.turns, 1, 200);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static uint64_t take_even(void *ctx, const struct exec_found *found)
{
	uint64_t id = (uint64_t)atoi(found->away->token + 1);

	(void)ctx;
	note("found %s%s", found->away->token, found->has_ended ? ", ended" : "");
	return id % 2 ? 0 : id + 10;
}

static void the_next_head_goes_on(void **state)
{
	struct exec *exec = open_exec();
	struct err err = {0};

	(void)state;
	for (uint64_t id = 1; id <= 6; id++)
		start(exec, id);
	run_until(exec, 1100);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	buf_reset(&fake.log);
	leave_result(1, EXEC_BY_ITSELF, 0);
	leave_result(2, EXEC_BY_ITSELF, 0);
	claim(6);

	exec = open_exec();
	assert_int_equal(exec_slurm.adopt(exec, take_even, NULL, &err), 0);
	assert_log("found t1, ended\nfound t2, ended\nfound t3\nfound t4\nfound t5\nfound t6\n");
	fake.queue = "1|2-3|PENDING|Priority||N/A|@\n1|4-5|RUNNING|None|n3|1700000001|@\n"
		     "8|0-3|PENDING|Priority||N/A|rs-other-1\n";
	run_until(exec, 1500);
	assert_log("12 started node7\n12 ended by itself 0: -\n14 submitted 1_3 Priority\n"
		   "16 started n3\nscancel 1_2 1_4\n");
	fake.queue = "1|3,5|RUNNING|None|n3|1700000001|@\n1|4|COMPLETING|None|n3|1700000001|@\n";
	leave_result(4, EXEC_BY_ITSELF, 0);
	leave_result(6, EXEC_BY_ITSELF, 0);
	run_until(exec, 4000);
	fake.queue = "1|4|CANCELLED|None|n3|1700000001|@\n";
	run_until(exec, 20000);
	assert_log("14 started node7\n14 ended by itself 0: -\n16 ended by itself 0: -\n");
	exec_slurm.close(exec);
	assert_int_equal(access(JOBS, F_OK), -1);
}

/* Its sbatch may come through a moment after its head was killed. */
static void what_was_being_submitted_is_waited_for(void **state)
{
	struct exec *exec = open_exec();
	struct err err = {0};

	(void)state;
	start(exec, 2);
	fake.sbatch_ms = 5000;
	run_until(exec, 1100);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	buf_reset(&fake.log);
	exec = open_exec();
	exec_slurm.adopt(exec, take_even, NULL, &err);
	run_until(exec, 8000);
	assert_log("found t2\n");
	fake.queue = "1|0|RUNNING|None|n3|1700000001|@\n";
	run_until(exec, 30000);
	assert_log("12 started n3\n");
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
}

static void jobs_without_a_batch_are_cancelled(void **state)
{
	struct exec *exec = open_exec();
	struct err err = {0};

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	assert_int_equal(fs_remove_tree(JOBS, &err), 0);
	buf_reset(&fake.log);
	exec = open_exec();
	exec_slurm.adopt(exec, take_even, NULL, &err);
	fake.queue = "1|0|PENDING|Priority||N/A|@\n3|0|COMPLETED|None||N/A|@-2\n"
		     "4|0|PENDING|Priority||N/A|rs-00000000-1-1\n";
	run_until(exec, 20000);
	assert_log("scancel 1\n");
	exec_slurm.close(exec);
}

static void unreadable_batches_are_cancelled(void **state)
{
	struct exec *exec = open_exec();
	struct err err = {0};
	char path[128];

	(void)state;
	start(exec, 2);
	run_until(exec, 1100);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	buf_reset(&fake.log);
	snprintf(path, sizeof path, JOBS "/%s", buf_text(&fake.batch));
	test_write(path, "restage batch 1\n");
	exec = open_exec();
	exec_slurm.adopt(exec, take_even, NULL, &err);
	fake.queue = "1|0|PENDING|Priority||N/A|@\n";
	run_until(exec, 20000);
	assert_log("scancel 1\n");
	exec_slurm.close(exec);
	assert_int_equal(access(JOBS, F_OK), -1);
}

static void assert_adopts_nothing(const char *why)
{
	struct exec *exec = open_exec();
	struct err err = {0};

	assert_int_equal(exec_slurm.adopt(exec, take_even, NULL, &err), -1);
	assert_non_null(strstr(err.text, buf_text(&fake.batch)));
	assert_non_null(strstr(err.text, why));
	exec_slurm.close(exec);
	assert_log("");
	assert_int_equal(access(JOBS "/done/t2", F_OK), 0);
	assert_int_equal(count_files(), 2);
}

/* It may tell of jobs that run. */
static void batches_that_cannot_be_read_now_are_kept(void **state)
{
	struct exec *exec = open_exec();
	struct err err = {0};
	char path[128], aside[140];

	(void)state;
	start(exec, 1);
	start(exec, 2);
	run_until(exec, 1100);
	leave_result(2, EXEC_BY_ITSELF, 0);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	buf_reset(&fake.log);
	/* a loop of links: what cannot be opened, whoever we are */
	snprintf(path, sizeof path, JOBS "/%s", buf_text(&fake.batch));
	snprintf(aside, sizeof aside, "%s-aside", buf_text(&fake.batch));
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink(buf_text(&fake.batch), path), 0);
	assert_adopts_nothing("run as who began it");
	assert_int_equal(rename(aside, path), 0);
	exec = open_exec();
	assert_int_equal(exec_slurm.adopt(exec, take_even, NULL, &err), 0);
	assert_log("found t1\nfound t2, ended\n");
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	test_write(path, "restage batch 2\n");
	assert_adopts_nothing("another version");
}

/* A head that is killed between taking an end and writing it down is told of it again. */
static void what_was_not_settled_is_found_again(void **state)
{
	struct exec *exec = open_exec();
	struct exec_event event;
	struct err err = {0};

	(void)state;
	start(exec, 2);
	run_until(exec, 1100);
	leave_result(2, EXEC_BY_ITSELF, 0);
	fake.now_ms = 2000;
	while (exec_slurm.next(exec, NULL, &event, &err) > 0)
		note_event(exec, &event, false);
	exec_slurm.dismiss(exec);
	exec_slurm.close(exec);
	buf_reset(&fake.log);
	exec = open_exec();
	exec_slurm.adopt(exec, take_even, NULL, &err);
	run_until(exec, 3000);
	assert_log("found t2, ended\n12 started node7\n12 ended by itself 0: -\n");
	exec_slurm.close(exec);
	assert_int_equal(access(JOBS, F_OK), -1);
}

static void arrays_are_as_large_as_the_cluster_takes_them(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	fake.sbatch = (struct slurm_answer){1, false, "",
		"sbatch: error: Batch job submission failed: Invalid job array specification\n"};
	for (uint64_t id = 1; id <= 5; id++)
		start(exec, id);
	fake.sbatch_ms = 100;
	run_until(exec, 1100);
	fake.sbatch.exit_code = 0;
	run_until(exec, 1800);
	assert_log("sbatch --array=0-4 --cpus-per-task=1 --mem=2M\n"
		   "sbatch --array=0-1 --cpus-per-task=1 --mem=2M\n"
		   "sbatch --array=0-1 --cpus-per-task=1 --mem=2M\n"
		   "1 submitted 2_0 -\n2 submitted 2_1 -\n"
		   "sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		   "3 submitted 3_0 -\n4 submitted 3_1 -\n5 submitted 4_0 -\n");
	for (unsigned id = 1; id <= 5; id++)
		leave_result(id, EXEC_BY_ITSELF, 0);
	run_until(exec, 4000);
	exec_slurm.close(exec);
	assert_int_equal(access(JOBS, F_OK), -1);
}

static void too_many_jobs_are_waited_for(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start_with(exec, 1, NULL, 2);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	fake.queue = "1|0|RUNNING|None|n3|1700000001|@\n";
	fake.sbatch = (struct slurm_answer){1, false, "",
		"sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: "
		"Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)\n"};
	start(exec, 2);
	run_until(exec, 4000);
	assert_log(
		"sbatch --array=0-0 --cpus-per-task=1 --mem=2M\n"
		"2 submitted - QOSMaxSubmitJobPerUserLimit; Batch job submission failed: Job violates "
		"accounting/QOS policy (job submit limit, user's size and/or time limits)\n");
	leave_result(1, EXEC_BY_ITSELF, 0);
	fake.sbatch.exit_code = 0;
	run_until(exec, 40000);
	leave_result(2, EXEC_BY_ITSELF, 0);
	run_until(exec, 50000);
	buf_reset(&fake.log);
	exec_slurm.close(exec);
	assert_int_equal(access(JOBS, F_OK), -1);
}

static void a_result_that_cannot_be_read_is_looked_at_again(void **state)
{
	struct exec *exec = open_exec();

	(void)state;
	start(exec, 1);
	run_until(exec, 1100);
	buf_reset(&fake.log);
	test_write(JOBS "/done/t1", "restage result 1\n");
	test_write(JOBS "/done/.t2.5.tmp", "");
	run_until(exec, 4000);
	assert_log("");
	leave_result(1, EXEC_BY_ITSELF, 0);
	run_until(exec, 8000);
	assert_log("1 started node7\n1 ended by itself 0: -\n");
	unlink(JOBS "/done/.t2.5.tmp");
	exec_slurm.close(exec);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attempts_of_one_kind_are_one_array),
		TEST(short_ones_share_jobs),
		TEST(what_never_began_in_a_failed_job_is_lost),
		TEST(what_shares_a_job_fits_into_its_time),
		TEST(what_shares_a_job_has_a_time_for_that),
		TEST(what_shared_a_job_for_too_long_is_lost),
		TEST(long_ones_are_not_waited_for),
		TEST(a_few_go_at_once),
		TEST(batches_are_for_their_owner),
		TEST(order_of_ends_does_not_matter),
		TEST(extra_words_need_no_shell),
		TEST(reasons_and_starts_are_told),
		TEST(refused_in_the_words_of_slurm),
		TEST(unsure_and_there_is_not_submitted_again),
		TEST(unsure_and_not_there_is_submitted_again),
		TEST(what_is_submitted_again_has_its_indices),
		TEST(refused_in_words_that_nobody_knows),
		TEST(silence_changes_nothing),
		TEST(nothing_is_submitted_into_silence),
		TEST(nothing_is_submitted_by_who_leaves),
		TEST(without_the_lock_nothing_is_done),
		TEST(gone_and_never_taken_is_lost_at_once),
		TEST(what_was_submitted_meanwhile_is_not_missing),
		TEST(gone_and_taken_has_a_minute_for_its_result),
		TEST(what_could_not_begin_on_its_node_is_lost),
		TEST(overdue_and_back_again),
		TEST(a_late_result_is_waited_for_no_more),
		TEST(a_state_that_nobody_knows_tells_nothing),
		TEST(accounts_know_what_the_queue_has_forgotten),
		TEST(output_of_the_job_says_why),
		TEST(what_cannot_be_launched_is_cancelled),
		TEST(ended_from_outside),
		TEST(all_are_cancelled_at_once),
		TEST(what_turned_up_late_is_not_ended_unseen),
		TEST(what_is_held_is_cancelled_by_its_own_number),
		TEST(the_end_of_another_job_tells_nothing),
		TEST(what_another_job_waits_for_is_not_waited_for),
		TEST(what_is_still_there_is_cancelled_again),
		TEST(a_number_that_is_forgotten_is_cancelled_no_more),
		TEST(one_of_an_array_is_cancelled_alone),
		TEST(what_was_stopped_is_cancelled_by_who_leaves),
		TEST(a_scancel_that_is_not_there_is_tried_again),
		TEST(killed_into_silence_is_given_up),
		TEST(given_up_once_is_no_busy_waiting),
		TEST(the_next_head_goes_on),
		TEST(what_was_being_submitted_is_waited_for),
		TEST(jobs_without_a_batch_are_cancelled),
		TEST(unreadable_batches_are_cancelled),
		TEST(batches_that_cannot_be_read_now_are_kept),
		TEST(what_was_not_settled_is_found_again),
		TEST(arrays_are_as_large_as_the_cluster_takes_them),
		TEST(too_many_jobs_are_waited_for),
		TEST(a_result_that_cannot_be_read_is_looked_at_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

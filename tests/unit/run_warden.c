/* The warden with real processes: nothing of a command outlives it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/process.h"
#include "run/exec/exec.h"
#include "run/exec/warden.h"

/* Processes whose environment has the variable; a survivor cannot hide by its parents. */
static unsigned count_marked(const char *mark)
{
	unsigned count = 0;
	DIR *dir = opendir("/proc");

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		char path[300];
		struct buf env = {0};
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
		int fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		fs_read_fd(fd, path, 1 << 20, &env, NULL);
		close(fd);
		if (env.len && memmem(env.data, env.len, mark, strlen(mark)))
			count++;
		buf_free(&env);
	}
	closedir(dir);
	return count;
}

static struct warden *open_warden(void)
{
	struct err err = {0};
	struct warden *warden = warden_open(-1, NULL, &err);

	assert_non_null(warden);
	return warden;
}

/* The child that came last: there may be what a runner that was killed left to us. */
static pid_t warden_pid(void)
{
	struct process_list children = {0};

	assert_int_equal(process_add_children(getpid(), &children), 0);
	assert_true(children.count > 0);
	pid_t pid = children.pids[children.count - 1];
	free(children.pids);
	return pid;
}

static struct warden_event wait_end(struct warden *warden)
{
	struct warden_event event = {0};
	struct err err = {0};

	for (;;) {
		struct pollfd polled = {.fd = warden_fd(warden), .events = POLLIN};
		int got = warden_next(warden, &event, &err);
		assert_true(got >= 0);
		if (got > 0 && event.kind != WARDEN_STARTED)
			return event;
		if (got == 0)
			assert_true(poll(&polled, 1, 30000) > 0);
	}
}

static char *const *cleanup; /* of what is started next */

static void start_env(struct warden *warden, uint64_t id, const char *script, char *mark)
{
	char *argv[] = {"sh", "-c", (char *)(uintptr_t)script, NULL};
	char *env[] = {mark, NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct warden_request request = {
		.id = id,
		.file = "/bin/sh",
		.argv = argv,
		.env = env,
		.cleanup = cleanup,
		.in = -1,
		.out = null,
		.err = null,
	};
	struct err err = {0};

	assert_int_equal(warden_start(warden, &request, &err), 0);
	close(null);
}

static void exit_codes_and_signals_are_told(void **state)
{
	(void)state;
	struct warden *warden = open_warden();

	start_env(warden, 7, "exit 42", "RESTAGE_TEST=codes");
	struct warden_event end = wait_end(warden);
	assert_int_equal(end.kind, WARDEN_ENDED);
	assert_int_equal(end.id, 7);
	assert_int_equal(end.exit_code, 42);
	assert_int_equal(end.signal, 0);
	start_env(warden, 8, "kill -SEGV $$", "RESTAGE_TEST=codes");
	end = wait_end(warden);
	assert_int_equal(end.exit_code, -1);
	assert_int_equal(end.signal, SIGSEGV);
	warden_free(warden);
}

/* Also if ours have each other's numbers. */
static void shared_descriptors_reach_every_command(void **state)
{
	(void)state;
	int pair[2], given[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	given[0] = dup3(pair[0], EXEC_SHARED_FD + 1, O_CLOEXEC);
	given[1] = dup3(pair[1], EXEC_SHARED_FD, O_CLOEXEC);
	assert_true(given[0] > 0 && given[1] > 0);
	struct warden *warden = warden_open(-1, given, NULL);
	for (uint64_t id = 1; id <= 2; id++) {
		start_env(warden, id,
			"grep -q 'flags:.*0$' /proc/self/fdinfo/18 && grep -q 'flags:.*1$' /proc/self/fdinfo/19",
			"RESTAGE_TEST=shared");
		assert_int_equal(wait_end(warden).exit_code, 0);
	}
	warden_free(warden);
	for (int i = 0; i < 2; i++) {
		close(pair[i]);
		close(given[i]);
	}
}

static void what_cannot_be_executed_is_refused(void **state)
{
	(void)state;
	struct warden *warden = open_warden();
	char *argv[] = {"x", NULL};
	struct warden_request request = {
		.id = 1, .file = "/no/such/program", .argv = argv, .in = -1, .out = -1, .err = -1};

	assert_int_equal(warden_start(warden, &request, NULL), 0);
	struct warden_event end = wait_end(warden);
	assert_int_equal(end.kind, WARDEN_REFUSED);
	assert_int_equal(end.sys_errno, ENOENT);
	warden_free(warden);
}

static char trail[] = "/tmp/restage-unit-cleanup-XXXXXX";

/* Of whatever each cleanup does, a line. */
static size_t cleanups(void)
{
	struct buf text = {0};
	size_t count = 0;

	assert_int_equal(fs_read(trail, 4096, &text, NULL), 0);
	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\n';
	buf_free(&text);
	return count;
}

static struct warden *open_with_cleanup(char *const argv[])
{
	int fd = mkstemp(strcpy(trail, "/tmp/restage-unit-cleanup-XXXXXX"));

	assert_true(fd >= 0);
	close(fd);
	setenv("RESTAGE_TEST_TRAIL", trail, 1);
	cleanup = argv;
	return open_warden();
}

static void close_with_cleanup(struct warden *warden)
{
	warden_free(warden);
	cleanup = NULL;
	unlink(trail);
}

static char *const adds_a_line[] = {
	"/bin/sh", "-c", "sleep 0.1; echo cleaned >> $RESTAGE_TEST_TRAIL", NULL};

static void what_ended_by_itself_has_nothing_to_be_cleaned_up(void **state)
{
	(void)state;
	struct warden *warden = open_with_cleanup(adds_a_line);

	start_env(warden, 1, "exit 3", "RESTAGE_TEST=cleanup");
	assert_int_equal(wait_end(warden).exit_code, 3);
	/* one that leaves a moment later, as what holds a container does */
	start_env(warden, 2, "setsid sleep 0.2 &", "RESTAGE_TEST=cleanup");
	struct warden_event end = wait_end(warden);
	assert_int_equal(end.exit_code, 0);
	assert_int_equal(end.strays, 0);
	assert_int_equal(cleanups(), 0);
	close_with_cleanup(warden);
}

static void what_was_killed_is_cleaned_up_before_its_end_is_told(void **state)
{
	(void)state;
	struct warden *warden = open_with_cleanup(adds_a_line);

	start_env(warden, 1, "kill -KILL $$", "RESTAGE_TEST=cleanup");
	assert_int_equal(wait_end(warden).signal, SIGKILL);
	assert_int_equal(cleanups(), 1);
	start_env(warden, 2, "exit 125", "RESTAGE_TEST=cleanup");
	assert_int_equal(wait_end(warden).exit_code, 125);
	assert_int_equal(cleanups(), 2);
	start_env(warden, 3, "trap '' TERM; sleep 100 & setsid sleep 100", "RESTAGE_TEST=cleanup");
	usleep(50000);
	warden_kill(warden, 3, SIGKILL);
	assert_int_equal(wait_end(warden).signal, SIGKILL);
	assert_int_equal(cleanups(), 3);
	start_env(warden, 4, "trap 'exit 0' TERM; while sleep 0.01; do :; done",
		"RESTAGE_TEST=cleanup");
	usleep(50000);
	warden_kill(warden, 4, SIGTERM);
	assert_int_equal(wait_end(warden).strays, 0);
	assert_int_equal(cleanups(), 4);
	assert_int_equal(count_marked("RESTAGE_TEST=cleanup"), 0);
	close_with_cleanup(warden);
}

static void what_runs_when_the_warden_goes_is_cleaned_up(void **state)
{
	(void)state;
	struct warden *warden = open_with_cleanup(adds_a_line);

	for (uint64_t id = 1; id <= 3; id++)
		start_env(warden, id, "sleep 100", "RESTAGE_TEST=cleanup");
	usleep(50000);
	warden_free(warden); /* as when the runner is killed */
	assert_int_equal(cleanups(), 3);
	assert_int_equal(count_marked("RESTAGE_TEST=cleanup"), 0);
	cleanup = NULL;
	unlink(trail);
}

static const char *const shapes[] = {
	"true",
	"sleep 100 &",
	"nohup sleep 100 >/dev/null 2>&1 &",
	"setsid sleep 100 >/dev/null 2>&1 &",
	"(setsid sh -c 'sleep 100 & sleep 100' &) &",
	"sh -c \"trap '' TERM HUP INT; sleep 100\" &",
	"sleep 100 & kill -STOP $!",
	"i=0; while [ $i -lt 100 ]; do sleep 100 & i=$((i+1)); done",
};

static void nothing_is_left_when_the_command_ends(void **state)
{
	(void)state;
	struct warden *warden = open_warden();

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		start_env(warden, i + 1, shapes[i], "RESTAGE_TEST=shape-end");
		struct warden_event end = wait_end(warden);
		assert_int_equal(end.kind, WARDEN_ENDED);
		assert_int_equal(end.exit_code, 0);
		assert_int_equal(count_marked("RESTAGE_TEST=shape-end"), 0);
	}
	warden_free(warden);
}

static void a_kill_reaches_all_of_it(void **state)
{
	(void)state;
	struct warden *warden = open_warden();

	for (size_t i = 1; i < sizeof shapes / sizeof *shapes; i++) {
		char script[400];
		snprintf(script, sizeof script, "%s\nsleep 100", shapes[i]);
		start_env(warden, i, script, "RESTAGE_TEST=shape-kill");
		poll(NULL, 0, 30);
		warden_kill(warden, i, SIGKILL);
		struct warden_event end = wait_end(warden);
		assert_int_equal(end.signal, SIGKILL);
		assert_int_equal(count_marked("RESTAGE_TEST=shape-kill"), 0);
	}
	warden_free(warden);
}

static void term_ends_what_does_not_refuse(void **state)
{
	(void)state;
	char ready[] = "/tmp/restage-warden-XXXXXX", script[200];
	struct warden *warden = open_warden();

	close(mkstemp(ready));
	snprintf(script, sizeof script, "trap 'exit 3' TERM; rm %s; while :; do sleep 0.02; done",
		ready);
	start_env(warden, 1, script, "RESTAGE_TEST=term");
	while (fs_exists(ready))
		poll(NULL, 0, 5);
	warden_kill(warden, 1, SIGTERM);
	struct warden_event end = wait_end(warden);
	assert_int_equal(end.exit_code, 3);
	warden_free(warden);
}

static void the_end_of_one_leaves_the_other_alone(void **state)
{
	(void)state;
	struct warden *warden = open_warden();

	start_env(warden, 1, "setsid sleep 0.3 & wait; exit 5", "RESTAGE_TEST=other-one");
	start_env(warden, 2, "setsid sleep 100 & exit 0", "RESTAGE_TEST=other-two");
	struct warden_event end = wait_end(warden);
	assert_int_equal(end.id, 2);
	assert_int_equal(count_marked("RESTAGE_TEST=other-two"), 0);
	end = wait_end(warden);
	assert_int_equal(end.id, 1);
	assert_int_equal(end.exit_code, 5);
	warden_free(warden);
}

/* A runner of its own, so that it can be killed. */
static void nothing_is_left_when_the_runner_is_killed(void **state)
{
	(void)state;
	for (size_t i = 1; i < sizeof shapes / sizeof *shapes; i++) {
		pid_t runner = fork();
		if (runner == 0) {
			struct warden *warden = open_warden();
			char script[400];
			snprintf(script, sizeof script, "%s\nsleep 100", shapes[i]);
			start_env(warden, 1, script, "RESTAGE_TEST=runner");
			for (;;)
				pause();
		}
		for (int tries = 0; count_marked("RESTAGE_TEST=runner") < 2 && tries < 500; tries++)
			poll(NULL, 0, 10);
		kill(runner, SIGKILL);
		waitpid(runner, NULL, 0);
		for (int tries = 0; count_marked("RESTAGE_TEST=runner") && tries < 1000; tries++)
			poll(NULL, 0, 10);
		assert_int_equal(count_marked("RESTAGE_TEST=runner"), 0);
	}
}

static void nothing_is_left_when_the_warden_is_killed(void **state)
{
	(void)state;
	for (size_t i = 1; i < sizeof shapes / sizeof *shapes; i++) {
		struct warden *warden = open_warden();
		char script[400];
		snprintf(script, sizeof script, "%s\nsleep 100", shapes[i]);
		start_env(warden, 1, script, "RESTAGE_TEST=warden");
		poll(NULL, 0, 50);
		kill(warden_pid(), SIGKILL);
		warden_free(warden);
		assert_int_equal(count_marked("RESTAGE_TEST=warden"), 0);
	}
}

/* Both ends filling the socket, each waiting for the other to read. */
static void many_starts_at_once_do_not_hang(void **state)
{
	(void)state;
	struct warden *warden = open_warden();
	const unsigned count = 1500;

	alarm(100);
	for (unsigned i = 1; i <= count; i++)
		start_env(warden, i, "exit 0", "RESTAGE_TEST=many");
	for (unsigned i = 1; i <= count; i++)
		assert_int_equal(wait_end(warden).exit_code, 0);
	alarm(0);
	warden_free(warden);
}

/* The only command of a warden. */
static void assert_succeeds(const char *script)
{
	struct warden *warden = open_warden();

	start_env(warden, 1, script, "RESTAGE_TEST=alone");
	assert_int_equal(wait_end(warden).exit_code, 0);
	warden_free(warden);
}

static void stdin_is_empty_and_there_is_no_terminal(void **state)
{
	(void)state;
	assert_succeeds("test \"$(wc -c)\" = 0 && ! (: </dev/tty) 2>/dev/null");
}

/* Its reader is woken once, by the end that is told. And after hundreds of them none is left
 * open. */
static void a_kept_pipe_ends_when_the_end_is_told(void **state)
{
	(void)state;
	struct warden *warden = open_warden();

	for (uint64_t id = 1; id <= 600; id++) {
		char *argv[] = {"sh", "-c", "echo said; exec 1>&- 2>&-; read line", NULL}, text[8];
		int pair[2], in[2];
		struct err err = {0};
		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		assert_int_equal(pipe2(in, O_CLOEXEC), 0);
		struct warden_request request = {
			.id = id,
			.file = "/bin/sh",
			.argv = argv,
			.in = in[0],
			.out = pair[1],
			.err = pair[1],
			.kept = 2,
		};
		assert_int_equal(warden_start(warden, &request, &err), 0);
		close(pair[1]);
		close(in[0]);
		assert_int_equal(read(pair[0], text, sizeof text), 5);
		struct pollfd polled = {.fd = pair[0], .events = POLLIN};
		if (id % 100 == 1) /* it closes its output in some microseconds */
			assert_int_equal(poll(&polled, 1, 20), 0);
		close(in[1]);
		struct warden_event end = wait_end(warden);
		assert_int_equal(end.kind, WARDEN_ENDED);
		assert_int_equal(end.exit_code, 1); /* of read, at the end of its input */
		assert_int_equal(poll(&polled, 1, 30000), 1);
		assert_int_equal(read(pair[0], text, sizeof text), 0);
		close(pair[0]);
	}
	warden_free(warden);
}

static void no_signal_is_blocked_or_ignored_in_a_command(void **state)
{
	(void)state;
	/* 32 and 33 are the C library's own, which posix_spawn leaves ignored. */
	assert_succeeds("! grep -E '^Sig(Blk|Ign):' /proc/self/status | "
			"grep -vE ':[[:space:]]*0000000([01]8|00)0000000$'");
}

static void it_may_be_there_before_the_first_command_and_go_after_the_last(void **state)
{
	(void)state;
	struct warden *warden = open_warden();
	pid_t pid = warden_pid();

	start_env(warden, 1, "exit 3", "RESTAGE_TEST=early");
	assert_int_equal(wait_end(warden).exit_code, 3);
	warden_dismiss(warden);
	siginfo_t info = {0};
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_code, CLD_EXITED);
	warden_free(warden);
}

static void one_that_is_dismissed_too_early_leaves_nothing(void **state)
{
	(void)state;
	struct warden *warden = open_warden();

	start_env(warden, 1, "sleep 1000 & sleep 1000", "RESTAGE_TEST=dismissed");
	warden_dismiss(warden);
	warden_free(warden);
	assert_int_equal(count_marked("RESTAGE_TEST=dismissed"), 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], WARDEN_ARGUMENT) == 0)
		return warden_main();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes_and_signals_are_told),
		cmocka_unit_test(shared_descriptors_reach_every_command),
		cmocka_unit_test(what_cannot_be_executed_is_refused),
		cmocka_unit_test(what_ended_by_itself_has_nothing_to_be_cleaned_up),
		cmocka_unit_test(what_was_killed_is_cleaned_up_before_its_end_is_told),
		cmocka_unit_test(what_runs_when_the_warden_goes_is_cleaned_up),
		cmocka_unit_test(nothing_is_left_when_the_command_ends),
		cmocka_unit_test(a_kill_reaches_all_of_it),
		cmocka_unit_test(term_ends_what_does_not_refuse),
		cmocka_unit_test(the_end_of_one_leaves_the_other_alone),
		cmocka_unit_test(nothing_is_left_when_the_runner_is_killed),
		cmocka_unit_test(nothing_is_left_when_the_warden_is_killed),
		cmocka_unit_test(many_starts_at_once_do_not_hang),
		cmocka_unit_test(stdin_is_empty_and_there_is_no_terminal),
		cmocka_unit_test(a_kept_pipe_ends_when_the_end_is_told),
		cmocka_unit_test(no_signal_is_blocked_or_ignored_in_a_command),
		cmocka_unit_test(it_may_be_there_before_the_first_command_and_go_after_the_last),
		cmocka_unit_test(one_that_is_dismissed_too_early_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

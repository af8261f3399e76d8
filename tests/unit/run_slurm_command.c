#include "base_test.h"

#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "run/exec/slurm_command.h"

static struct slurm_command *begin(const char *script, const char *input, int64_t limit_ms)
{
	char *const argv[] = {"sh", "-c", (char *)(uintptr_t)script, NULL};

	return slurm_command_start(argv, input, limit_ms);
}

/* Waits as the loop of a run does. */
static struct slurm_answer wait_for(struct slurm_command *command)
{
	struct pollfd polls[SLURM_COMMAND_FDS];
	struct slurm_answer answer;

	while (!slurm_command_step(command, &answer)) {
		size_t count = slurm_command_fds(command, polls);
		int64_t left = slurm_command_wake_ms(command) - clock_mono_ns() / 1000000;
		poll(polls, count, left > 0 ? (int)left : 0);
	}
	return answer;
}

static void says_what_it_put_out(void **state)
{
	struct slurm_command *command = begin("cat; echo no >&2; exit 3", "12\n", 10000);
	struct slurm_answer answer = wait_for(command);

	(void)state;
	assert_int_equal(answer.exit_code, 3);
	assert_string_equal(answer.out, "12\n");
	assert_string_equal(answer.text, "no\n");
	assert_false(answer.is_late);
	slurm_command_free(command);
}

static void more_than_a_pipe_holds(void **state)
{
	struct slurm_command *command = begin(
		"i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done", NULL, 60000);

	(void)state;
	assert_int_equal(strlen(wait_for(command).out), 220000);
	slurm_command_free(command);
}

static void is_killed_with_all_that_it_started(void **state)
{
	struct slurm_command *command = begin("sleep 100 & echo $!; sleep 100", NULL, 300);
	struct slurm_answer answer = wait_for(command);
	pid_t other = atoi(answer.out);

	(void)state;
	assert_true(answer.is_late);
	assert_int_equal(answer.exit_code, -1);
	assert_true(other > 1);
	while (kill(other, 0) == 0) /* until whoever adopted it has seen its end */
		poll(NULL, 0, 1);
	slurm_command_free(command);
}

static void cannot_be_started(void **state)
{
	char *const argv[] = {"restage-no-such-command", NULL};
	struct slurm_command *command = slurm_command_start(argv, NULL, 1000);
	struct slurm_answer answer = wait_for(command);

	(void)state;
	assert_int_equal(answer.exit_code, 127);
	assert_string_equal(
		answer.text, "cannot start 'restage-no-such-command': command not found");
	slurm_command_free(command);
}

static void a_signal_is_no_exit_code(void **state)
{
	struct slurm_command *command = begin("kill -KILL $$", NULL, 10000);

	(void)state;
	assert_int_equal(wait_for(command).exit_code, -1);
	slurm_command_free(command);
}

/* A job that we run in has its own, which would become those of our jobs. */
static void has_none_of_the_variables_of_a_job(void **state)
{
	static const char script[] = "env | grep -E '^(SLURM|SBATCH|SQUEUE|HELLO)' | sort";
	struct slurm_command *command;

	(void)state;
	setenv("SLURM_MEM_PER_NODE", "100", 1);
	setenv("SBATCH_PARTITION", "x", 1);
	setenv("SQUEUE_FORMAT", "%i", 1);
	setenv("SLURM_CONF", "/c", 1);
	setenv("HELLO", "world", 1);
	command = begin(script, "", 10000); /* as sbatch: it hands on what it has */
	assert_string_equal(wait_for(command).out, "HELLO=world\nSLURM_CONF=/c\n");
	slurm_command_free(command);
	command = begin(script, NULL, 10000);
	assert_string_equal(wait_for(command).out,
		"HELLO=world\nSLURM_BITSTR_LEN=0\nSLURM_CONF=/c\n"
		"SLURM_TIME_FORMAT=%s\n");
	slurm_command_free(command);
}

static void is_in_a_group_of_its_own(void **state)
{
	struct slurm_command *command = begin("echo $(ps -o pgid= -p $$) $$", NULL, 10000);
	struct slurm_answer answer = wait_for(command);
	int group = 0, pid = 1;

	(void)state;
	assert_int_equal(sscanf(answer.out, "%d %d", &group, &pid), 2);
	assert_int_equal(group, pid);
	slurm_command_free(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_put_out),
		cmocka_unit_test(more_than_a_pipe_holds),
		cmocka_unit_test(is_killed_with_all_that_it_started),
		cmocka_unit_test(cannot_be_started),
		cmocka_unit_test(a_signal_is_no_exit_code),
		cmocka_unit_test(has_none_of_the_variables_of_a_job),
		cmocka_unit_test(is_in_a_group_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

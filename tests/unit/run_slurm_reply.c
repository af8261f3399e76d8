#include "base_test.h"

#include "base/buf.h"
#include "run/exec/slurm_reply.h"

static void the_number_of_what_was_submitted(void **state)
{
	char job[SLURM_JOB_SIZE];

	(void)state;
	assert_true(slurm_read_submitted("1234\n", job));
	assert_string_equal(job, "1234");
	assert_true(slurm_read_submitted("12;cluster2\n", job));
	assert_string_equal(job, "12");
	assert_true(slurm_read_submitted("Welcome.\nYour budget: 40 h\n77\n", job));
	assert_string_equal(job, "77");
	assert_true(slurm_read_submitted("5", job));
	assert_false(slurm_read_submitted("", job));
	assert_false(slurm_read_submitted("Submitted batch job 5\n", job));
	assert_false(slurm_read_submitted("12345678901234567890123456\n", job));
}

static void only_what_was_judged_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum slurm_failure failure;
	} rows[] = {
		{"sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission "
		 "failed: Invalid partition name specified\n",
			SLURM_REFUSED},
		{"sbatch: error: Memory specification can not be satisfied\nsbatch: error: Batch job "
		 "submission failed: Requested node configuration is not available\n",
			SLURM_REFUSED},
		{"sbatch: unrecognized option '--foo'\nTry \"sbatch --help\" for more information\n",
			SLURM_REFUSED},
		{"cannot start 'sbatch': command not found", SLURM_REFUSED},
		{"sbatch: error: Batch job submission failed: Invalid job array specification\n",
			SLURM_TOO_LARGE},
		{"sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job "
		 "submit limit, user's size and/or time limits)\n",
			SLURM_TOO_MANY},
		{"sbatch: error: Batch job submission failed: Resource temporarily unavailable\n",
			SLURM_TOO_MANY},
		{"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n",
			SLURM_UNSURE},
		{"sbatch: error: Batch job submission failed: Unable to contact slurm controller "
		 "(connect failure)\n",
			SLURM_UNSURE},
		{"sbatch: error: Batch job submission failed: Zero Bytes were transmitted or "
		 "received\n",
			SLURM_UNSURE},
		{"sbatch: error: fetch_config: DNS SRV lookup failed\n"
		 "sbatch: fatal: Could not establish a configuration source\n",
			SLURM_UNSURE},
		{"", SLURM_UNSURE},
		{"Killed\n", SLURM_UNSURE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(slurm_judge_failure(rows[i].text), rows[i].failure);
}

static void what_it_said_is_one_sentence(void **state)
{
	struct buf out = {0};

	(void)state;
	slurm_add_sentence(&out,
		"sbatch: error: invalid account\n\nsbatch: error: Batch job failed\n"
		"Try \"sbatch --help\" for more information\n");
	assert_string_equal(buf_text(&out), "invalid account; Batch job failed");
	buf_reset(&out);
	slurm_add_sentence(&out, "a\033[2Jb");
	assert_string_equal(buf_text(&out), "a\\x1b[2Jb");
	buf_free(&out);
}

static void lines_of_the_queue(void **state)
{
	const char *text = "slurm: a notice of the site\n"
			   "12|0-3,7|PENDING|launch failed requeued held||N/A|rs-1\n"
			   "13|4|RUNNING|None|node[1-2]|1700000000|a|b\n"
			   "14|N/A|CANCELLED|Dependency||N/A|rs-2\n"
			   "15|1|SOMETHING_NEW|None||N/A|rs-2\n"
			   "x|1|RUNNING|None||N/A|rs-2\n16|";
	struct slurm_line line;

	(void)state;
	assert_true(slurm_next_line(&text, &line));
	assert_string_equal(line.job, "12");
	assert_int_equal(line.state, SLURM_HELD);
	assert_int_equal(line.started_ns, 0);
	assert_memory_equal(line.indices, "0-3,7", line.indices_len);
	assert_true(slurm_next_line(&text, &line));
	assert_int_equal(line.state, SLURM_RUNNING);
	assert_memory_equal(line.host, "node[1-2]", line.host_len);
	assert_int_equal(line.started_ns, INT64_C(1700000000000000000));
	assert_int_equal(line.name_len, 3); /* what is not ours may have a name of any kind */
	assert_true(slurm_next_line(&text, &line));
	assert_int_equal(line.state, SLURM_CANCELLED);
	assert_true(slurm_next_line(&text, &line));
	assert_int_equal(line.state, SLURM_ENDING);
	assert_false(slurm_next_line(&text, &line));
	assert_string_equal(text, "");
}

static void ranges_of_indices(void **state)
{
	const char *text = "[0-3,7,9-10:2]%4", *end = text + strlen(text);
	uint32_t first = 0, last = 0;

	(void)state;
	assert_true(slurm_next_range(&text, end, &first, &last));
	assert_int_equal(first, 0);
	assert_int_equal(last, 3);
	assert_true(slurm_next_range(&text, end, &first, &last));
	assert_int_equal(first, 7);
	assert_int_equal(last, 7);
	assert_true(slurm_next_range(&text, end, &first, &last));
	assert_int_equal(last, 10);
	assert_false(slurm_next_range(&text, end, &first, &last));
	text = "N/A";
	assert_false(slurm_next_range(&text, text + 3, &first, &last));
}

static void states_in_all_their_words(void **state)
{
	static const char *const over[] = {"COMPLETED", "FAILED", "CANCELLED by 1000", "CANCELLED+",
		"TIMEOUT", "DEADLINE", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "OUT_OF_MEMORY",
		"REVOKED"};
	static const char *const live[] = {"PENDING", "RUNNING", "SUSPENDED", "COMPLETING",
		"CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED"};

	(void)state;
	for (size_t i = 0; i < sizeof over / sizeof *over; i++)
		assert_true(slurm_is_over(slurm_read_state(over[i], strlen(over[i]))));
	for (size_t i = 0; i < sizeof live / sizeof *live; i++) {
		enum slurm_state found = slurm_read_state(live[i], strlen(live[i]));
		assert_false(slurm_is_over(found) || found == SLURM_MISSING);
	}
	assert_string_equal(slurm_state_name(slurm_read_state("NODE_FAIL", 9)), "NODE_FAIL");
}

static void lines_of_the_accounts(void **state)
{
	const char *text =
		"12_3|CANCELLED by 0\n12_4.batch|\nSlurm accounting storage is disabled\n"
		"13|NODE_FAIL\n";
	char job[2 * SLURM_JOB_SIZE];
	enum slurm_state found;

	(void)state;
	assert_true(slurm_next_account(&text, job, &found));
	assert_string_equal(job, "12_3");
	assert_int_equal(found, SLURM_CANCELLED);
	assert_true(slurm_next_account(&text, job, &found));
	assert_int_equal(found, SLURM_MISSING);
	assert_true(slurm_next_account(&text, job, &found));
	assert_string_equal(job, "13");
	assert_int_equal(found, SLURM_NODE_FAIL);
	assert_false(slurm_next_account(&text, job, &found));
}

static void what_slurm_writes_into_the_output(void **state)
{
	static const struct {
		const char *text;
		enum slurm_state state;
	} rows[] = {
		{"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT "
		 "***\n",
			SLURM_TIMEOUT},
		{"slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO "
		 "PREEMPTION ***\n",
			SLURM_PREEMPTED},
		{"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 ***\n",
			SLURM_CANCELLED},
		{"slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.batch.\n",
			SLURM_OUT_OF_MEMORY},
		{"slurmstepd: error: Job 7 exceeded memory limit (154 > 100), being killed\n",
			SLURM_OUT_OF_MEMORY},
		{"the stage says: DUE TO TIME LIMIT\n", SLURM_MISSING},
		{"", SLURM_MISSING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			slurm_judge_output(rows[i].text, strlen(rows[i].text)), rows[i].state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_number_of_what_was_submitted),
		cmocka_unit_test(only_what_was_judged_is_refused),
		cmocka_unit_test(what_it_said_is_one_sentence),
		cmocka_unit_test(lines_of_the_queue),
		cmocka_unit_test(ranges_of_indices),
		cmocka_unit_test(states_in_all_their_words),
		cmocka_unit_test(lines_of_the_accounts),
		cmocka_unit_test(what_slurm_writes_into_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

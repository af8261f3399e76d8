/* Runs whose stages run elsewhere, by an executor that starts nothing and a clock that does not
 * wait. */
#include "model_definition_test.h"

#include <errno.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/clock.h"
#include "base/fs.h"
#include "exec_fake.h"
#include "run/engine/run.h"

#define HEAD "[pipeline]\nname = p\nexecutor = slurm\n[slurm]\nrestage = /bin/true\n"

static struct buf heard;          /* what the listener was told of stages, a line each */
static char why[1024];            /* what ended the run */
static bool is_remote;            /* all lies on a file system that other machines have, too */
static int sync_error;            /* of what is written there; 0: none */
static enum run_event_kind thief; /* this event loses the lock; RUN_BEGIN: none does */

/* The library's calls come here. */
int statfs(const char *path, struct statfs *out)
{
	long status = syscall(SYS_statfs, path, out);

	if (is_remote)
		out->f_type = NFS_SUPER_MAGIC;
	return (int)status;
}

int fsync(int fd)
{
	errno = sync_error;
	return sync_error ? -1 : (int)syscall(SYS_fsync, fd);
}

static void hear(void *ctx, const struct run_event *event)
{
	const char *what = event->kind == STAGE_FAIL      ? "fail"
			   : event->kind == STAGE_RETRY   ? "retry"
			   : event->kind == STAGE_DONE    ? "done"
			   : event->kind == STAGE_QUEUED  ? "queued"
			   : event->kind == STAGE_START   ? "start"
			   : event->kind == STAGE_WARNING ? "warn"
							  : NULL;

	(void)ctx;
	if (thief != RUN_BEGIN && event->kind == thief)
		fake_lose_lock();
	if (event->kind == RUN_NOTICE)
		buf_fmt(&heard, "notice: %s\n", event->text);
	if (!what)
		return;
	buf_fmt(&heard, "%s %s", what, stage_name(event->graph, event->stage));
	if (event->kind == STAGE_START && event->host)
		buf_fmt(&heard, " as job %s on %s", event->job, event->host);
	if (event->text)
		buf_fmt(&heard, ": %s", event->text);
	buf_char(&heard, '\n');
}

/* Runs all of a definition. */
static int run_all(const char *text, struct run_options options)
{
	struct listener listener = {.hear = hear};
	bool wanted[16];

	load_good(text);
	memset(wanted, true, sizeof wanted);
	options.wanted = wanted;
	options.listeners = &listener;
	options.here = &exec_fake;
	options.away = &exec_fake_away;
	options.jobs = 1;
	buf_reset(&heard);
	err_clear(&error);
	int code = run_job(graph, &options, &error);
	snprintf(why, sizeof why, "%s", error.text);
	return code;
}

static int enter(void **state)
{
	is_remote = false;
	sync_error = 0;
	thief = RUN_BEGIN;
	fake_begin();
	return def_enter(state);
}

static int leave(void **state)
{
	buf_free(&heard);
	fake_end();
	return def_leave(state);
}

static const struct run_options usual = {0};

static bool file_has(const char *stage_dir, const char *name, const char *text)
{
	struct buf file = {0};
	char path[200];

	snprintf(path, sizeof path, "out/p/%s/%s", stage_dir, name);
	assert_int_equal(fs_read(path, 1 << 20, &file, NULL), 0);
	bool has = strstr(buf_text(&file), text);
	buf_free(&file);
	return has;
}

static void what_is_away_claims_nothing_here(void **state)
{
	(void)state;
	int code =
		run_all(HEAD "[stage:a]\ncommand = fake takes=1000\nthreads = 99\nmemory = 999T\n"
			     "[stage:b]\ncommand = fake takes=1000\nthreads = 99\n"
			     "[stage:c]\ncommand = fake takes=1000\nexecutor = local\n",
			usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(fake_log(),
		"0 start c\n0 start a\n0 start b\n1000 end c\n1000 end a\n1000 settled\n"
		"1000 end b\n1000 settled\n1000 stop all\n");
	assert_true(file_has("01_a", "manifest.json", "\"job_id\": \"7\""));
	assert_true(file_has("01_a", "manifest.json", "\"queued_seconds\": 0.25"));
	assert_false(file_has("03_c", "manifest.json", "\"executor\""));
	assert_non_null(strstr(buf_text(&heard), "start a as job 7 on node\n"));
	assert_non_null(strstr(buf_text(&heard), "start c\n"));
}

static void so_many_are_out_at_once(void **state)
{
	(void)state;
	int code = run_all(HEAD "jobs = 1\n[stage:a]\ncommand = fake takes=100\n"
				"[stage:b]\ncommand = fake takes=100\n",
		usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(fake_log(), "0 start a\n100 end a\n100 settled\n100 start b\n"
					"200 end b\n200 settled\n");
}

static void a_lost_job_is_no_failure(void **state)
{
	(void)state;
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=100 lost=3\n", usual);

	assert_int_equal(code, EXIT_OK);
	assert_string_equal(fake_log(),
		"0 start a\n100 lose a\n100 settled\n100 start a\n200 lose a\n200 settled\n"
		"200 start a\n300 lose a\n300 settled\n300 start a\n400 end a\n400 settled\n");
}

static void one_that_is_lost_too_often_fails(void **state)
{
	(void)state;
	int code =
		run_all(HEAD "restarts = 1\n[stage:a]\ncommand = fake takes=100 lost=9\n", usual);

	assert_int_equal(code, EXIT_STAGE);
	assert_non_null(strstr(buf_text(&heard), "retry a: job 7 was lost: NODE_FAIL\n"));
	assert_non_null(strstr(buf_text(&heard), "fail a: job 7 was lost: NODE_FAIL\n"));
	assert_true(file_has("01_a", "manifest.json", "\"lost\": \"job 7 was lost: NODE_FAIL\""));
	assert_null(strstr(buf_text(&heard), "warn a")); /* it is told once */
}

static void a_signal_ends_what_is_away(void **state)
{
	(void)state;
	fake_signal_at(500, SIGINT);
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=1000 term=100\n", usual);

	assert_int_equal(code, 128 + SIGINT);
	assert_string_equal(fake_log(), "0 start a\n500 term a\n600 end a\n600 settled\n");
	assert_true(file_has("01_a", "manifest.json", "\"interrupted\": true"));
}

static void what_is_left_is_adopted(void **state)
{
	const char *text = HEAD "[stage:a]\ncommand = fake takes=1000\n"
				"[stage:b]\ncommand = fake\nafter = a\n";

	(void)state;
	fake_signal_at(500, SIGQUIT);
	assert_int_equal(run_all(text, usual), 128 + SIGQUIT);
	assert_string_equal(fake_log(), "0 start a\n500 dismiss\n");
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_string_equal(fake_log(),
		"0 start a\n500 dismiss\n500 adopt a\n1000 end a\n1000 settled\n1000 start b\n"
		"1000 end b\n1000 settled\n");
}

static void losses_are_remembered_over_heads(void **state)
{
	const char *often = HEAD "restarts = 1\n[stage:a]\ncommand = fake takes=100 lost=2\n";

	(void)state;
	fake_signal_at(150, SIGQUIT);
	run_all(often, usual);
	assert_int_equal(run_all(often, usual), EXIT_STAGE);
	assert_string_equal(fake_log(), "0 start a\n100 lose a\n100 settled\n100 start a\n"
					"150 dismiss\n150 adopt a\n200 lose a\n200 settled\n");
}

static void what_was_lost_is_no_try_for_the_next_head_either(void **state)
{
	const char *text =
		HEAD "[stage:a]\ncommand = fake takes=100 lost=1 exit=0,1,0\nretries = 1\n";

	(void)state;
	fake_signal_at(150, SIGQUIT);
	run_all(text, usual);
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_true(file_has("01_a", "manifest.json", "\"attempt\": 3"));
}

/* A node was quick, and its file system is slow. */
static void what_has_come_back_is_left_too(void **state)
{
	const char *text = HEAD "[stage:a]\ncommand = fake takes=1000 unseen=1\n";

	(void)state;
	fake_signal_at(1050, SIGQUIT);
	assert_int_equal(run_all(text, usual), 128 + SIGQUIT);
	assert_string_equal(fake_log(), "0 start a\n1000 end a\n1050 dismiss\n");
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_string_equal(fake_log(), "0 start a\n1000 end a\n1050 dismiss\n1050 adopt a\n"
					"1050 end a\n1050 settled\n");
}

static void what_has_come_back_is_not_lost_with_the_executor(void **state)
{
	const char *text = HEAD "[stage:a]\ncommand = fake takes=1000 unseen=1\n";

	(void)state;
	fake_gone_at(1050);
	assert_int_equal(run_all(text, usual), EXIT_WORLD);
	assert_string_equal(fake_log(), "0 start a\n1000 end a\n1050 dismiss\n");
	assert_null(strstr(buf_text(&heard), "fail a"));
}

static void only_what_was_submitted_goes_on(void **state)
{
	(void)state;
	fake_signal_at(500, SIGQUIT);
	run_all(HEAD "[stage:a]\ncommand = fake takes=1000\n"
		     "[stage:b]\ncommand = fake held=1\n",
		usual);
	assert_non_null(strstr(buf_text(&heard), "notice: 1 stage goes on in jobs"));
}

static void a_stage_that_is_another_by_now_is_not_adopted(void **state)
{
	(void)state;
	fake_signal_at(500, SIGINT);
	struct run_options options = {.leaves = true};
	run_all(HEAD "[stage:a]\ncommand = fake takes=1000\n", options);
	assert_int_equal(run_all(HEAD "[stage:a]\ncommand = fake takes=1001\n", usual), EXIT_OK);
	assert_non_null(strstr(fake_log(), "500 dismiss\n500 adopt a\n500 kill a\n500 start a\n"));
	assert_non_null(strstr(fake_log(), "1501 end a\n"));
}

static void what_is_left_is_adopted_by_a_run_that_is_here(void **state)
{
	struct run_options elsewhere = {.executor = EXECUTOR_SLURM};
	const char *text = "[pipeline]\nname = p\n[slurm]\nrestage = /bin/true\n"
			   "[stage:a]\ncommand = fake takes=1000\n";

	(void)state;
	fake_signal_at(500, SIGQUIT);
	assert_int_equal(run_all(text, elsewhere), 128 + SIGQUIT);
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_string_equal(fake_log(), "0 start a\n500 dismiss\n500 adopt a\n1000 end a\n"
					"1000 settled\n1000 stop all\n");
	assert_true(file_has("01_a", "manifest.json", "\"job_id\": \"7\""));
}

static void another_stage_runs_here_by_now(void **state)
{
	struct run_options elsewhere = {.executor = EXECUTOR_SLURM};

	(void)state;
	fake_signal_at(500, SIGQUIT);
	run_all("[pipeline]\nname = p\n[slurm]\nrestage = /bin/true\n"
		"[stage:a]\ncommand = fake takes=1000\n",
		elsewhere);
	assert_int_equal(run_all("[pipeline]\nname = p\n[slurm]\nrestage = /bin/true\n"
				 "[stage:a]\ncommand = fake takes=1001\n",
				 usual),
		EXIT_OK);
	assert_non_null(strstr(fake_log(), "500 adopt a\n500 kill a\n500 start a\n"));
	assert_non_null(strstr(fake_log(), "1501 end a\n"));
	assert_false(file_has("01_a", "manifest.json", "\"executor\""));
}

/* Somebody wanted it, and it is paid for. */
static void what_was_forced_is_adopted_though_it_is_up_to_date(void **state)
{
	const char *text = HEAD "[stage:a]\ncommand = fake takes=1000\n"
				"[stage:b]\ncommand = fake\nafter = a\n";
	const bool forced[] = {true, false};
	struct run_options again = {.forced = forced};

	(void)state;
	assert_int_equal(run_all(text, usual), EXIT_OK);
	fake_signal_at(1500, SIGQUIT);
	assert_int_equal(run_all(text, again), 128 + SIGQUIT);
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_non_null(
		strstr(fake_log(), "1500 dismiss\n1500 adopt a\n2000 end a\n2000 settled\n"));
	assert_non_null(strstr(buf_text(&heard), "done a\n"));
	assert_true(file_has("01_a", "manifest.json", "\"success\""));
}

static void what_is_up_to_date_without_its_job_is_told(void **state)
{
	const char *text = HEAD "[stage:a]\ncommand = fake takes=1000\ninput.i = i\n";

	(void)state;
	test_write("i", "1\n");
	assert_int_equal(run_all(text, usual), EXIT_OK);
	test_write("i", "2\n");
	fake_signal_at(1500, SIGQUIT);
	assert_int_equal(run_all(text, usual), 128 + SIGQUIT);
	test_write("i", "1\n");
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_string_equal(buf_text(&heard),
		"notice: a job of an earlier run is ended: stage 'a' is up to date without it\n");
	assert_non_null(strstr(fake_log(), "1500 dismiss\n1500 adopt a\n1500 kill a\n"));
	assert_int_equal(access("out/p/01_a/.work", F_OK), -1);
}

static void directories_are_not_renamed_while_a_job_is_out(void **state)
{
	(void)state;
	fake_signal_at(500, SIGQUIT);
	run_all(HEAD "[stage:a]\ncommand = fake takes=1000\n", usual);
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=1000\nnumber = 5\n", usual);

	assert_int_equal(code, EXIT_WORLD);
	assert_non_null(strstr(why, "stage 'a' is out in a job"));
}

static void without_the_lock_nothing_is_written(void **state)
{
	(void)state;
	fake_lose_lock_at(1000);
	int code = run_all(HEAD "[stage:a]\ncommand = fake takes=5000\n"
				"[stage:b]\ncommand = fake takes=9000\n",
		usual);

	assert_int_equal(code, EXIT_WORLD);
	assert_non_null(strstr(why, "the lock of job 'p' was lost"));
	assert_null(strstr(buf_text(&heard), "done"));
	assert_null(strstr(buf_text(&heard), "fail"));
	assert_false(file_has("01_a", "manifest.json", "\"success\""));
}

/* What the head was killed over, and what was lost before it began. */
static void caches_of_what_nobody_began_are_kept(void **state)
{
	const char *text = HEAD "restarts = 1\n[stage:a]\ncommand = fake lost=1 unbegun=1\n"
				"intermediate.c = c\nintermediate.c.retained = yes\n";
	const char *dir = "out/p/01_a/.work/20251127-140915-1-7f3a1234";
	char path[200];

	(void)state;
	assert_int_equal(fs_mkdirs(dir, NULL), 0);
	snprintf(path, sizeof path, "%s/c", dir);
	test_write(path, "got\n");
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_int_equal(access("out/p/01_a/c", F_OK), 0);
}

static void caches_into_which_somebody_may_write_are_not(void **state)
{
	const char *text = HEAD "restarts = 1\n[stage:a]\ncommand = fake lost=1\n"
				"intermediate.c = c\nintermediate.c.retained = yes\n";

	(void)state;
	assert_int_equal(fs_mkdirs("out/p/01_a/failed", NULL), 0);
	test_write("out/p/01_a/failed/c", "got\n");
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_int_equal(access("out/p/01_a/c", F_OK), -1);
	assert_int_equal(fs_mkdirs("out/p/01_a/.work/20251127-140915-1-7f3a1234", NULL), 0);
	test_write("out/p/01_a/.work/20251127-140915-1-7f3a1234/c", "got\n");
	test_write("out/p/01_a/.work/20251127-140915-1-7f3a1234/.claim", "job 7\n");
	assert_int_equal(unlink("out/p/.restage/index"), 0);
	assert_int_equal(run_all(HEAD "[stage:a]\ncommand = fake again=1\n"
				      "intermediate.c = c\nintermediate.c.retained = yes\n",
				 usual),
		EXIT_OK);
	assert_int_equal(access("out/p/01_a/c", F_OK), -1);
}

#define HERE "[pipeline]\nname = p\n"

static void a_lock_that_other_machines_may_take_is_looked_at_again(void **state)
{
	const char *text = HERE "[stage:a]\ncommand = fake takes=9000 say=begun late=ended\n"
				"[stage:b]\ncommand = fake\nafter = a\n";

	(void)state;
	is_remote = true;
	fake_lose_lock_at(5000);
	int code = run_all(text, usual);
	assert_int_equal(code, EXIT_WORLD);
	assert_non_null(strstr(why, "the lock of job 'p' was lost"));
	assert_non_null(strstr(fake_log(), "0 start a\n"));
	assert_null(strstr(fake_log(), "end a\n"));
	assert_null(strstr(buf_text(&heard), "done"));
	assert_null(strstr(buf_text(&heard), "fail"));
	assert_true(file_has("01_a", "manifest.json", "\"running\""));
	assert_false(file_has("01_a", "stage.log", " begun")); /* it had no end yet */
}

static void a_full_file_system_keeps_the_lock(void **state)
{
	const char *text = HERE "[stage:a]\ncommand = fake takes=9000\n";

	(void)state;
	is_remote = true;
	sync_error = ENOSPC;
	assert_int_equal(run_all(text, usual), EXIT_OK);
	sync_error = EIO;
	assert_int_equal(run_all(HERE "[stage:a]\ncommand = fake takes=8000\n", usual), EXIT_WORLD);
}

/* No other machine can have taken it. */
static void a_lock_of_this_machine_is_not_looked_at_again(void **state)
{
	(void)state;
	fake_lose_lock_at(5000);
	int code = run_all(HERE "[stage:a]\ncommand = fake takes=9000\n", usual);
	assert_int_equal(code, EXIT_OK);
	assert_true(file_has("01_a", "manifest.json", "\"success\""));
}

/* What it made is looked at when the command is over. */
static void without_the_lock_nothing_that_was_viewed_is_written(void **state)
{
	const char *text =
		HERE "[stage:a]\ncommand = fake takes=1000 makes={{output.o}}\noutput.o = o\n"
		     "output.o.view = fake takes=5000 {{file}}\n";

	(void)state;
	is_remote = true;
	fake_lose_lock_at(3000);
	assert_int_equal(run_all(text, usual), EXIT_WORLD);
	assert_non_null(strstr(fake_log(), "1000 end a\n"));
	assert_int_equal(access("out/p/01_a/o", F_OK), -1);
	assert_true(file_has("01_a", "manifest.json", "\"running\""));
	assert_false(file_has("01_a", "stage.log", "completed"));
	fake_end();
	fake_begin();
	assert_int_equal(run_all(text, usual), EXIT_OK);
	assert_int_equal(access("out/p/01_a/o", F_OK), 0);
}

static void without_the_lock_no_index_is_written(void **state)
{
	(void)state;
	is_remote = true;
	thief = STAGE_FRESH;
	assert_int_equal(run_all(HERE "[stage:a]\ncommand = fake\n", usual), EXIT_OK);
	assert_int_equal(unlink("out/p/.restage/index"), 0);
	assert_int_equal(run_all(HERE "[stage:a]\ncommand = fake\n", usual), EXIT_WORLD);
	assert_int_equal(access("out/p/.restage/index", F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_away_claims_nothing_here, enter, leave),
		cmocka_unit_test_setup_teardown(so_many_are_out_at_once, enter, leave),
		cmocka_unit_test_setup_teardown(a_lost_job_is_no_failure, enter, leave),
		cmocka_unit_test_setup_teardown(one_that_is_lost_too_often_fails, enter, leave),
		cmocka_unit_test_setup_teardown(a_signal_ends_what_is_away, enter, leave),
		cmocka_unit_test_setup_teardown(what_is_left_is_adopted, enter, leave),
		cmocka_unit_test_setup_teardown(losses_are_remembered_over_heads, enter, leave),
		cmocka_unit_test_setup_teardown(
			what_was_lost_is_no_try_for_the_next_head_either, enter, leave),
		cmocka_unit_test_setup_teardown(what_has_come_back_is_left_too, enter, leave),
		cmocka_unit_test_setup_teardown(
			what_has_come_back_is_not_lost_with_the_executor, enter, leave),
		cmocka_unit_test_setup_teardown(only_what_was_submitted_goes_on, enter, leave),
		cmocka_unit_test_setup_teardown(
			a_stage_that_is_another_by_now_is_not_adopted, enter, leave),
		cmocka_unit_test_setup_teardown(
			what_is_left_is_adopted_by_a_run_that_is_here, enter, leave),
		cmocka_unit_test_setup_teardown(another_stage_runs_here_by_now, enter, leave),
		cmocka_unit_test_setup_teardown(
			what_was_forced_is_adopted_though_it_is_up_to_date, enter, leave),
		cmocka_unit_test_setup_teardown(
			what_is_up_to_date_without_its_job_is_told, enter, leave),
		cmocka_unit_test_setup_teardown(
			directories_are_not_renamed_while_a_job_is_out, enter, leave),
		cmocka_unit_test_setup_teardown(without_the_lock_nothing_is_written, enter, leave),
		cmocka_unit_test_setup_teardown(caches_of_what_nobody_began_are_kept, enter, leave),
		cmocka_unit_test_setup_teardown(
			caches_into_which_somebody_may_write_are_not, enter, leave),
		cmocka_unit_test_setup_teardown(
			a_lock_that_other_machines_may_take_is_looked_at_again, enter, leave),
		cmocka_unit_test_setup_teardown(a_full_file_system_keeps_the_lock, enter, leave),
		cmocka_unit_test_setup_teardown(
			a_lock_of_this_machine_is_not_looked_at_again, enter, leave),
		cmocka_unit_test_setup_teardown(
			without_the_lock_nothing_that_was_viewed_is_written, enter, leave),
		cmocka_unit_test_setup_teardown(without_the_lock_no_index_is_written, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

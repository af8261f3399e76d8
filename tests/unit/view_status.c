#include "view/answer/answer.h"
#include "view_plan.h"

static void a_line_a_stage_and_the_counts(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	status_text(&out, &p.plan, false);
	assert_string_equal(buf_text(&out),
		"demux  out of date  config rate changed from '16000' to '8000'\n"
		"asr    may run      if demux comes out different\n"
		"mux    up to date\n"
		"3 stages: 1 up to date, 1 out of date, 1 may run\n");
	buf_free(&out);
	planned_free(&p);
}

static void never_ran_and_failed_have_words_of_their_own(void **state)
{
	struct planned p;
	struct buf out = {0};
	struct reason never[] = {{REASON_NEVER_RAN, NULL, "never ran"}};
	struct reason failed[] = {{REASON_FAILED_BEFORE, NULL, "failed before (exit code 1)"}};

	(void)state;
	planned_make(&p);
	p.records[0] = (struct record){.status = RECORD_NONE};
	p.stages[0].verdict.reasons = never;
	p.stages[1].state = PLAN_RUN;
	p.records[1].status = RECORD_FAILED;
	p.stages[1].verdict = (struct verdict){.reasons = failed, .reason_count = 1};
	p.stages[2].state = PLAN_RUN;
	p.stages[2].is_interrupted = true;
	p.plan.run_count = 3;
	p.plan.may_count = p.plan.fresh_count = 0;
	status_text(&out, &p.plan, false);
	assert_string_equal(buf_text(&out), "demux  never ran\n"
					    "asr    failed       failed before (exit code 1)\n"
					    "mux    interrupted\n"
					    "3 stages: 3 out of date\n");
	buf_free(&out);
	planned_free(&p);
}

static void stages_not_asked_for_are_left_out(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	p.stages[0].state = p.stages[1].state = PLAN_NOT_SELECTED;
	p.plan.run_count = p.plan.may_count = 0;
	status_text(&out, &p.plan, false);
	assert_string_equal(buf_text(&out), "mux  up to date\n1 stage: 1 up to date\n");
	buf_free(&out);
	planned_free(&p);
}

static void a_run_that_is_going_on_is_told(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	p.stages[0].state = PLAN_RUNNING;
	p.plan.is_job_running = true;
	strcpy(p.plan.run_holder, "pid 1 since 2025-11-27 14:09:15");
	status_text(&out, &p.plan, false);
	assert_has(&out, "demux  running\n");
	assert_has(&out, "1 up to date, 1 may run, 1 running; a run is going on, pid 1 since "
			 "2025-11-27 14:09:15\n");
	buf_free(&out);
	planned_free(&p);
}

static void a_plan_shows_what_runs_in_order_and_what_it_took(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	p.records[1].success.is_known = false;
	p.plan.may_seconds = 0;
	p.plan.unknown_count = 1;
	plan_text(&out, &p.plan, false);
	assert_string_equal(buf_text(&out),
		"run  demux  4.2s, 312.0 MB      config rate changed from '16000' to '8000'\n"
		"may  asr                        if demux comes out different\n"
		"1 to run (4.2s before), 1 may run, 1 up to date; no earlier duration of 1\n");
	buf_free(&out);
	planned_free(&p);
}

static void a_plan_of_nothing_says_so(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	for (int i = 0; i < 3; i++)
		p.stages[i].state = PLAN_FRESH;
	p.plan.run_count = p.plan.may_count = 0;
	p.plan.fresh_count = 3;
	plan_text(&out, &p.plan, false);
	assert_string_equal(buf_text(&out), "nothing to do: 3 stages: 3 up to date\n");
	buf_free(&out);
	planned_free(&p);
}

static void colour_does_not_shift_columns(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	status_text(&out, &p.plan, true);
	assert_has(&out, "\033[1masr\033[0m    \033[36mmay run\033[0m      \033[2mif demux");
	buf_free(&out);
	planned_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_a_stage_and_the_counts),
		cmocka_unit_test(never_ran_and_failed_have_words_of_their_own),
		cmocka_unit_test(stages_not_asked_for_are_left_out),
		cmocka_unit_test(a_run_that_is_going_on_is_told),
		cmocka_unit_test(a_plan_shows_what_runs_in_order_and_what_it_took),
		cmocka_unit_test(a_plan_of_nothing_says_so),
		cmocka_unit_test(colour_does_not_shift_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

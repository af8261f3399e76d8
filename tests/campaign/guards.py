#!/usr/bin/env python3
"""Every guard is needed: taken out, a named test fails.

    guards.py [--only TEXT] [--every N]    --every N: only each N-th guard

For each guard one file is compiled with one place changed, and linked in front of the library into a
program of its own; the test must fail with it (it passes with the real one: ctest runs it too). A guard
whose removal nobody notices is a failure, and so is a place that is not in the source any more.
"""
import argparse
import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

import processes
import timebox
from result import report

BUILD, SOURCE = os.environ["BUILD"], os.environ["SOURCE"]
TIMEOUT = 40  # seconds; a test that hangs without its guard has noticed

# (what the guard does, file, text, text without the guard, test). Tests: cli/NAME, unit/NAME, or
# processes/CELL of the campaign of that name.
GUARDS = [
    ("a content of a cache is what it was named by, or not taken", "record/cache/dir_store.c",
     "end == CONTENT_READ && content_eq(&read, content)) {\n\t\tresult", "end == CONTENT_READ) {\n\t\tresult",
     "unit/record_cache"),
    ("a link in a cache is no object", "record/cache/dir_store.c",
     "O_RDONLY | O_NOFOLLOW);\n\n\tif (fd < 0 && errno == ELOOP)", "O_RDONLY);\n\n\tif (fd < 0 && errno == ELOOP)",
     "unit/record_cache"),
    ("what a cache gives overwrites nothing", "record/cache/dir_store.c",
     "open(to, O_RDWR | O_CREAT | O_EXCL |", "open(to, O_RDWR | O_CREAT |", "unit/record_cache"),
    ("files that act as their owner go into no cache", "record/cache/cache_tree.c",
     "!(st.st_mode & (S_ISUID | S_ISGID)) &&", "", "unit/record_cache"),
    ("a cache that fails is left alone", "record/cache/cache.c", "< CACHE_PATIENCE;", "< 1000;", "unit/record_cache"),
    ("what was used last stays in a cache", "record/cache/dir_trim.c",
     "x->used_ns < y->used_ns ? -1 : 1", "x->used_ns < y->used_ns ? 1 : -1", "unit/record_cache"),
    ("what a running put writes is no leftover", "record/cache/dir_trim.c", "> LEFT_NS)", "> 0)", "unit/record_cache"),
    ("an entry of another name is not signed", "record/cache/entry.c",
     "buf_add(&all, name->bytes, sizeof name->bytes);", ";", "unit/record_entry"),
    ("an entry puts nothing below a link", "record/cache/entry_check.c",
     "fits = path[len] && above->type == 'd';", ";", "unit/record_entry"),
    ("a link of an entry that leads up behind a name is none", "record/cache/entry_check.c",
     "return count_names(target) > 0;", "return *target && *target != '/';", "unit/record_entry"),
    ("what a job works on is not changed", "run/ask/handed.c", "if (status == 0 && handed.first)", "if (0)",
     "unit/run_handed"),
    ("what has left its result works no more", "run/ask/handed.c",
     "!fs_exists(path_join(&handed->arena, done, away->token))", "1", "unit/run_handed"),
    ("of many jobs with one attempt one runs it", "run/attempt/node.c",
     "O_CREAT | O_EXCL | O_CLOEXEC", "O_CREAT | O_CLOEXEC", "unit/run_node"),
    ("a node that has another tree in the root's place runs nothing", "run/attempt/node.c",
     "found.st_dev == given.st_dev &&\n\t\tfound.st_ino == given.st_ino", "1", "unit/run_node"),
    ("an attempt ends with the daemon that started it", "run/attempt/node.c",
     "prctl(PR_SET_PDEATHSIG, SIGTERM);", ";", "unit/run_node"),
    ("what was stopped is followed by nothing", "run/attempt/node.c",
     "return 128 + node->signals.first;", ";", "unit/run_node"),
    ("what the queue does not show once may be there all the same", "run/exec/slurm_watch.c",
     "return batch->looks >= 2;", "return true;", "unit/run_exec_slurm"),
    ("a submission without an answer may have been one", "run/exec/slurm_submit.c",
     "batch->state = BATCH_UNSURE;", "batch->state = BATCH_READY;", "unit/run_exec_slurm"),
    ("what a lost node ran does not start again under its number", "run/exec/slurm_submit.c",
     "--no-requeue%c", "--hold%c", "unit/run_exec_slurm"),
    ("what is given up is claimed, so that nobody runs it later", "run/exec/slurm_overdue.c",
     "O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC", "O_WRONLY | O_CLOEXEC", "unit/run_exec_slurm"),
    ("a queue that cannot be asked is not empty", "run/exec/slurm_watch.c",
     "if (answer->exit_code == 0) {", "if (1) {", "unit/run_exec_slurm"),
    ("nothing is submitted while Slurm is silent", "run/exec/slurm_submit.c",
     "if (exec->submit || exec->silent_ms)", "if (exec->submit)", "unit/run_exec_slurm"),
    ("only what was submitted before the queue was asked is missing in it", "run/exec/slurm_watch.c",
     "batch->asks_before < exec->asks", "1", "unit/run_exec_slurm"),
    ("what was submitted once is not ended unseen", "run/exec/slurm_cancel.c",
     "if (!batch->submitted_ns || slurm_claim(task))", "if (1)", "unit/run_exec_slurm"),
    ("a batch is for its owner alone", "run/exec/slurm_submit.c", "1, 0600, err", "1, 0644, err",
     "unit/run_exec_slurm"),
    ("our jobs get nothing of the job that we are in", "run/exec/slurm_command.c",
     "if (is_inherited(environ[i]))", "if (1)", "unit/run_slurm_command"),
    ("a command of Slurm that hangs is killed with what it started", "run/exec/slurm_command.c",
     "kill(-command->pid, SIGKILL)", "kill(command->pid, SIGKILL)", "unit/run_slurm_command"),
    ("a terminal's signal does not come to commands of Slurm", "base/program.c",
     "env, POSIX_SPAWN_SETPGROUP,", "env, 0,", "unit/run_slurm_command"),
    ("a job file that is cut is refused", "run/exec/jobfile_walk.c",
     "memcmp(end.data, walk->end - tail, tail) == 0;", "true;", "unit/run_jobfile"),
    ("a link to a directory hides what a listing has behind it", "base/listing.c",
     "item->is_linked = link;", ";", "unit/base_digest_tree"),
    ("an error that is logged with its exception and then added is told once", "run/engine/stage_events.c",
     "(*detail && text_starts(before, text) &&", "(0 &&",
     "cli/stages_say_why_they_failed"),
    ("another error of the same words is told", "run/engine/stage_events.c",
     "text_ends(before, detail)));", "1));",
     "cli/stages_say_why_they_failed"),
    ("a warning in the output counts", "run/engine/output.c",
     "if (level == LOG_WARNING && !is_state)", "if (0)",
     "cli/record_a_warning_counts_whatever_told_it"),
    ("what is logged and noted is one warning", "run/engine/stage_events.c",
     "if (level >= LOG_WARNING && is_told(running, is_note, level, object, text))", "if (0)",
     "cli/record_a_warning_counts_whatever_told_it"),
    ("a run that has cost its budget starts nothing more", "run/engine/costs.c",
     "if (amount < run->graph->budget)", "if (1)",
     "cli/run_that_has_spent_its_budget_starts_nothing_more"),
    ("what running stages told counts towards the budget", "run/engine/costs.c",
     "money_add_all(&costs, &a->attempt.money);", ";",
     "cli/run_that_has_spent_its_budget_starts_nothing_more"),
    ("where nothing is left to start a budget ends nothing", "run/engine/costs.c",
     "!sched_count(run->sched, SCHED_QUEUED) ||", "0 ||",
     "cli/run_that_has_spent_its_budget_starts_nothing_more"),
    ("costs of many calls are added up", "run/engine/costs.c",
     "if (attempt->cost_count < LISTED)", "if (1)",
     "cli/record_costs_are_summed_by_currency"),
    ("a path that only begins like the work directory stays", "run/engine/final_text.c",
     "if (begins && ends)", "if (begins)",
     "cli/stages_report_paths_that_are_told_with_their_final_place"),
    ("texts of a stage name final places", "run/engine/stage_events.c",
     "const char *text = final_text(run, running, json_get_str(object, \"message\", \"\"));\n\tenum",
     "const char *text = json_get_str(object, \"message\", \"\");\n\tenum",
     "cli/stages_report_paths_that_are_told_with_their_final_place"),
    ("of many inputs a log lists a few", "run/engine/log_frame.c",
     "if (count++ < LISTED)", "if (count++ < UINT32_MAX)",
     "cli/stages_log_tells_what_they_had_and_made"),
    ("of many stages that are up to date the number is told", "view/files/pipelog.c",
     "else if (log->selected <= PIPELOG_LISTED)", "else if (1)",
     "cli/run_the_pipeline_log_ends_with_what_the_run_took"),
    ("what a stage says under a name of ours stands apart", "run/engine/stage_events.c",
     "\t\tif (!is_own(name))", "\t\tif (1)",
     "cli/stages_keep_what_they_report_under_names_of_our_own"),
    ("what is no object has no fields", "run/engine/stage_events.c",
     "if (!json_is(fields, JSON_OBJECT)) {", "if (0) {",
     "cli/stages_keep_what_they_report_under_names_of_our_own"),
    ("what stood apart before stays", "base/json.c", "if (is_inner ?", "if (0 ?",
     "cli/stages_keep_what_they_report_under_names_of_our_own"),
    ("only another value is a conflict", "run/engine/stage_events.c",
     "if (!declared || config_is_as_declared(declared, node))", "if (!declared)",
     "cli/stages_that_use_another_config_than_declared_are_told"),
    ("what a stage used against its config stays where another change is accepted", "run/ask/accept_manifest.c",
     "json_merge(reported, json_get(object, \"conflicting_config\"), \"\");", "",
     "cli/stages_that_use_another_config_than_declared_are_told"),
    ("what is accepted is of now", "record/manifest/record.c", "return at ? at : record_completed_ns(success);",
     "return record_completed_ns(success);", "cli/judge_a_result_may_be_too_old"),
    ("what is known of a view is asked once", "record/judge/views.c",
     "\tviews->pairs[at].is_used = true;\n\t*out = views->pairs[at].view;\n\treturn true;", "\treturn false;",
     "cli/judge_an_output_with_a_view_is_judged_by_it"),
    ("another view of the same is not forgotten with .restage", "run/engine/check.c",
     "\t\tviewed_renew(run, stage);\n", "", "cli/judge_an_output_with_a_view_is_judged_by_it"),
    ("a view that nobody asked is no certainty", "run/ask/plan_ask.c",
     "if (plan->stages[stage].verdict.unsure_count)", "if (0)",
     "cli/judge_an_output_with_a_view_is_judged_by_it"),
    ("views are killed with the run", "run/engine/loop.c",
     "\t\tversions_give_up(run);\n\t\tviewed_give_up(run);\n", "\t\tversions_give_up(run);\n",
     "cli/run_views_hold_nothing_up"),
    ("a view that failed shows nothing as the same", "run/engine/viewer.c",
     "why.len || !ask->hasher ? ask->content : hasher_done(ask->hasher);",
     "ask->hasher ? hasher_done(ask->hasher) : ask->content;", "cli/run_views_hold_nothing_up"),
    ("what was counted before in a directory goes on counting", "record/judge/adopt.c",
     "return now->state == STAMP_HASHED && digest_eq(&now->sum, &file->sum);", "return false;",
     "cli/judge_what_is_left_out_of_a_directory_does_not_count"),
    ("times of what is left out do not count", "base/digest_tree.c",
     "if (tree->exclude && S_ISDIR(st->st_mode)) {", "if (0) {",
     "cli/judge_what_is_left_out_of_a_directory_does_not_count"),
    ("a file that is younger than the clock is read again", "base/listing.c",
     "\t\treturn;\n\titem->mtime_ns = mtime;", "\t\t;\n\titem->mtime_ns = mtime;", "unit/base_digest_tree"),
    ("packages of a module are run too", "model/command/command_parse.c",
     "\t\tif (*at == '.')\n\t\t\ttell_joined", "\t\tif (0)\n\t\t\ttell_joined", "unit/model_command"),
    ("audit proposes each key once", "run/engine/audit.c",
     "for (unsigned n = 2; map_get(&audit->keys, key) != NONE; n++)", "for (unsigned n = 2; 0; n++)",
     "cli/audit_names_what_was_read_undeclared"),
    ("no two stages have the same GPU", "run/engine/gpus.c", "gpus->items[i].holder = holder;", "",
     "cli/run_gpus_are_leased_by_their_ids"),
    ("GPUs are found for instances that a run made", "run/engine/lists.c",
     "if (!run->gpus && (run->gpus = gpus_new(run->graph)))", "if (0)", "cli/run_gpus_are_leased_by_their_ids"),
    ("numbers of another name space tell nothing apart", "run/exec/gpu_nvml.c",
     "bool is_any = nvml->is_first_name_space;", "bool is_any = true;",
     "cli/run_what_stages_use_of_gpus_is_measured"),
    ("several GPUs are kept for who waits long", "run/engine/sched.c", "settings->gpu != 1", "settings->gpu == 0",
     "unit/run_sched"),
    ("GPUs that are kept are not taken by others", "run/engine/sched.c", "bool are_kept = !is_away && keeps_gpus(s);",
     "bool are_kept = false;", "unit/run_sched"),
    ("GPUs that are kept keep nothing else back", "run/engine/sched.c",
     "if (!lacks_gpus(s, top))\n\t\t\t\treturn NONE;", "return NONE;", "unit/run_sched"),
    ("a driver that hangs holds nobody up", "run/exec/gpu_meter.c", "while (!meter->has_left && code != ETIMEDOUT)",
     "while (!meter->has_left)", "cli/run_gpus_that_cannot_be_measured_fail_no_stage"),
    ("processes of others do not count", "run/exec/gpu_nvml.c", "if (!has_pid(tree, device->samples[i].pid))",
     "if (0)", "cli/run_what_stages_use_of_gpus_is_measured"),
    ("what is of the whole device says so", "run/exec/gpu_nvml.c", "tree->use.is_of_device = true;", "",
     "cli/run_what_stages_use_of_gpus_is_measured"),
    ("an open file of a driver counts once", "run/exec/gpu_fdinfo.c", "if (clients->items[i].id == seen->id &&",
     "if (0 &&", "unit/run_gpu_use"),
    ("what a stage sets of its GPUs itself stays", "run/engine/launch.c",
     "if (!graph_pair(graph, own, variables[i]))", "", "cli/run_gpus_are_leased_by_their_ids"),
    ("more GPUs than there are is told before anything runs", "run/engine/run.c",
     "if (must_run && !gpus_suffice(run->gpus, graph, i, err))", "if (0 && must_run)",
     "cli/run_more_gpus_than_there_are_is_a_mistake"),
    ("a stage that takes more GPUs than there are is not started", "run/engine/check.c",
     "!gpus_suffice(run->gpus, run->graph, stage, &lacks)", "0",
     "cli/run_more_gpus_than_there_are_is_a_mistake"),
    ("a directory goes only when all that read in it are up to date", "run/engine/temporary.c",
     "if (is_awaited(run, maker, file, is_end))", "if (0)",
     "cli/run_a_temporary_directory_goes_when_all_that_read_in_it_are_up_to_date"),
    ("what was in a directory that is gone is known by its listing", "record/judge/spent.c",
     "if (reader != NONE && stamps_is_spent(stamps, file) &&", "if (0 &&",
     "cli/run_a_temporary_directory_goes_when_all_that_read_in_it_are_up_to_date"),
    ("a list that came out otherwise holds its maker", "run/engine/lists.c",
     "if (is_known || lists_are_current(graph, stage))", "if (1)",
     "cli/run_a_list_that_a_stage_makes_has_its_instances_in_the_same_run"),
    ("what lies in a directory is no list", "record/manifest/made.c",
     "listing_digest(&listing, false, &is) < 0 || !digest_eq(&is, sum)", "listing_digest(&listing, false, &is) < 0",
     "cli/run_a_list_that_a_stage_makes_has_its_instances_in_the_same_run"),
    ("an empty list fails its maker", "run/engine/lists.c",
     "if (found == 0 && !(list->flags & LIST_MAY_BE_EMPTY))", "if (0)",
     "cli/run_a_list_that_cannot_be_one_fails_its_maker"),
    ("a definition that changed meanwhile is not mixed in", "cmd/session_job.c", "if (changed)", "if (0)",
     "cli/run_a_list_that_cannot_be_one_fails_its_maker"),
    ("the lists of a compiled graph are those of the records", "cmd/graph_cache.c", " &&\n\t\t       same_lists(index)", "",
     "cli/run_lists_that_stages_make_over_lists_that_stages_make"),
    ("what gathers instances waits for their lists", "model/load/made_list.c",
     "\tfor (uint32_t i = 0; x->instance != NONE && i < match->wait_count; i++) {",
     "\tfor (uint32_t i = 0; 0 && i < match->wait_count; i++) {", "unit/model_made_list"),
    ("a stage that comes behind a failure is blocked", "run/engine/sched.c",
     "uint32_t by = failed_before(s, stage);", "uint32_t by = NONE;", "unit/run_sched"),
    ("files beyond the graph keep their numbers when it grows", "run/engine/lists.c",
     "\t\tgrow_add_file(\n", "\t\tif (0) grow_add_file(\n",
     "cli/run_a_list_that_a_stage_makes_has_its_instances_in_the_same_run"),
    ("inputs of renamed instances are found by their place", "record/manifest/places.c",
     "if (!places->has_same_inputs)\n\t\treturn now;", "return now;",
     "cli/judge_an_instance_that_is_only_called_otherwise_reruns_nothing"),
    ("names that go round go aside first", "run/job/stage_dirs.c",
     "status = rename_aside(&arena, graph, &moves, false, err);", "status = 0;",
     "cli/judge_an_instance_that_is_only_called_otherwise_reruns_nothing"),
    ("a name alone is no identity", "model/graph/graph.c", "stage->plain ? stage->plain", "0 ? stage->plain",
     "cli/judge_an_instance_that_is_only_called_otherwise_reruns_nothing"),
    ("a sheet is what the graph is made from", "model/load/sheet.c",
     "\t\tbuild_source(&loader->build, SOURCE_PARAMS, filling", "\t\tif (0)\n\t\tbuild_source(&loader->build, SOURCE_PARAMS, filling",
     "cli/run_a_sheet_makes_instances_and_only_named_cells_count"),
    ("a crate is of the job, unless a run is asked for", "cmd/export.c",
     "is_of_job && !call->wishes.run", "is_of_job && 0", "cli/cmd_export_of_the_job_holds_the_final_results"),
    ("what stages make wakes no run", "cmd/watch.c",
     "dirwatch_ignore(dirs, file_path(graph, i));", ";",
     "cli/run_watch_runs_again_when_something_changes"),
    ("what only a run told of wakes the next", "cmd/watch.c",
     "add_input(watch->dirs, file->path, file->exclude);", ";",
     "cli/run_watch_runs_again_when_something_changes"),
    ("a stage that changes what it reads is not run for ever", "cmd/watch.c",
     "++watch->by_itself < BY_ITSELF_MAX", "1", "cli/run_watch_ends_as_it_should"),
    ("a change that matters to nobody runs nothing", "cmd/watch.c", "if (would_run(call))", "if (1)",
     "cli/run_watch_runs_again_when_something_changes"),
    ("a broken metric file fails no stage", "record/manifest/metrics.c",
     "if (told.len)\n\t\ttell(", "if (0)\n\t\ttell(", "cli/cmd_metrics_compares_jobs_and_runs"),
    ("a run has the numbers that it left", "cmd/metrics.c", "if (!gathering->has_news)", "if (0)",
     "cli/cmd_metrics_compares_jobs_and_runs"),
    ("accept keeps the numbers that only the stage told", "run/ask/accept_manifest.c",
     "metrics_of_object(&r->attempt.metrics,", "if (0)\n\t\tmetrics_of_object(&r->attempt.metrics,",
     "cli/cmd_metrics_has_what_stages_reported"),
    ("a variable that is set already is no file's", "model/load/env_file.c",
     "if (now && (!is_known || text_eq(now, var->value)))", "if (now && text_eq(now, var->value))",
     "cli/run_variables_of_a_file_reach_stages_and_stay_secret"),
    ("a file of variables is read where the graph is kept", "cmd/graph_cache.c",
     "if (!env_file_reread(vars, path, &source->digest))", "if (0)",
     "cli/run_variables_of_a_file_reach_stages_and_stay_secret"),
    ("an empty cell is no part of a path", "model/load/expand_output.c", "if (is_good && x->empty_cell)", "if (0)",
     "unit/model_match"),
    ("a damaged listing is none", "record/stamp/trees.c", "== 0 && digest_eq(&is, sum)))", "== 0))",
     "cli/judge_a_changed_directory_names_what_changed_in_it"),
    ("listings are written beneath the job only", "record/stamp/trees.c",
     "O_RDONLY | O_DIRECTORY | O_NOFOLLOW", "O_RDONLY | O_DIRECTORY",
     "cli/judge_a_changed_directory_names_what_changed_in_it"),
    ("what a manifest alone names keeps its listing", "run/engine/index_update.c",
     "is_known = is_recorded(recorded, i) || need_of_record(run, i, &trees);", "is_known = true;",
     "cli/run_listings_that_no_record_names_are_removed"),
    ("the index is for its owner", "record/index/index.c", "pieces.count, 0600, err)", "pieces.count, 0666, err)",
     "cli/record_values_of_the_command_line_are_for_their_owner"),
    ("threads of an older key are no change", "record/manifest/key_old.c",
     "[RECORD_KEY_COMMAND] = was_command,", "", "cli/judge_a_job_of_an_older_version_tells_what_it_reads_otherwise"),
    ("after a failure what only has to exist may be changed", "record/judge/same.c",
     "if (is_after_failure && version.kind == VERSION_THERE) {", "if (0) {", "unit/record_verdict_files"),
    ("a manifest that tells of a failure is read each time", "run/engine/index_update.c",
     "(record->status == RECORD_SUCCESS || record->success.is_skip)", "1",
     "cli/record_of_a_failure_is_over_whatever_ran_in_between"),
    ("an optional output that was not made is not there", "run/engine/publish.c",
     "return status < 0 ? -1 : remove_made(run, running, file->path, err);", "return 0;",
     "cli/judge_an_optional_output_may_be_absent"),
    ("a directory that was moved is found in spite of the index", "record/judge/known.c",
     "is_astray = wanted[i] &&", "is_astray = false && wanted[i] &&", "cli/cmd_looking_finds_renumbered_stages"),
    ("what a killed attempt got of a cache is kept for the next one", "run/engine/running.c",
     "left_rescue(run, running->stage, running->dir_fd, err) < 0)", "0)",
     "cli/run_caches_are_given_to_the_next_attempt"),
    ("it is kept also where the stage need not run", "run/engine/sweep.c",
     "left_rescue(run, stage, dir_fd, err)", "0", "cli/run_caches_are_given_to_the_next_attempt"),
    ("to call an intermediate a cache changes no identity", "model/graph/graph_keys.c",
     "label->flags & ~LABEL_APART", "label->flags", "cli/run_caches_are_given_to_the_next_attempt"),
    ("a result may be too old also by the index", "record/judge/judge.c",
     "is_other = is_too_old(walk);", "is_other = !walk->index && is_too_old(walk);",
     "cli/judge_a_result_may_be_too_old"),
    ("a stage takes as much of a pool as it says", "run/engine/sched.c",
     "s->pools[settings->pools[i].pool] += settings->pools[i].count;",
     "s->pools[settings->pools[i].pool] += 1;", "cli/run_stages_take_from_several_pools"),
    ("a temporary file that somebody changed is not removed", "run/engine/temporary.c",
     "if (version_compare(&version, stamps_get(run->stamps, file)) != SAME)", "if (0)",
     "cli/run_temporary_files_go_when_their_readers_are_up_to_date"),
    ("readers that are not part of the run count", "run/engine/temporary.c",
     "if (state != SCHED_IDLE || !is_end || !is_up_to_date(run, reader))", "if (state != SCHED_IDLE)",
     "cli/run_temporary_files_go_when_their_readers_are_up_to_date"),
    ("what is read in part is not removed", "run/engine/temporary.c", "if (use == READS_PART ||", "if (0 ||",
     "cli/run_temporary_files_go_when_their_readers_are_up_to_date"),
    ("a temporary directory goes as a whole", "run/engine/temporary.c", "if (!fs_is_dir(path))", "if (1)",
     "cli/run_a_kill_while_temporary_files_go_loses_nothing"),
    ("what a kill left of one is swept", "run/engine/sweep.c",
     "if (run->stages[stage].is_interrupted || (s->flags & STAGE_TEMPORARY))",
     "if (run->stages[stage].is_interrupted)", "cli/run_a_kill_while_temporary_files_go_loses_nothing"),
    ("another result is a change for all that read it", "run/engine/temporary.c",
     "sched_judge_again(run->sched, graph->edges[by.first + i]);", "(void)0;",
     "cli/judge_temporary_files_are_made_again_for_readers_only"),
    ("what is gone is no change by a manifest either", "run/ask/verify.c",
     "\t\tnote_spent(&v, i);", "\t\tif (0) note_spent(&v, i);",
     "cli/judge_temporary_files_are_made_again_for_readers_only"),
    # where commands run
    ("another dir is another stage", "model/graph/graph_keys.c", "if (run_dir)", "if (0)",
     "cli/judge_a_changed_dir_reruns"),
    ("paths above a link are absolute", "model/command/command.c", "is_absolute |= x->is_linked &&",
     "is_absolute |= false &&", "cli/run_in_a_dir_below_the_root_paths_count_from_there"),
    ("values that hold places are the same in a moved tree", "model/load/expand_value.c",
     "!x->is_absolute || x->is_symbolic ||", "!x->is_absolute ||",
     "cli/run_with_dir_work_commands_run_where_their_outputs_are_made"),
    ("so are version commands", "record/manifest/key.c", 'is_whole ? "{{root}}" : root', "root",
     "cli/run_says_where_a_command_runs"),
    ("who runs in what another stage makes waits for it", "model/load/expand_dir.c",
     "else if (!is_used(loader, file, x->instance))", "else if (0)",
     "cli/run_a_dir_that_cannot_be_is_a_mistake_at_its_line"),
    ("outputs do not meet in the work directory", "model/load/expand_dir.c",
     "if (rest && (path_is_under(rest, path)", "if (0 && (path_is_under(rest, path)",
     "cli/run_a_dir_that_cannot_be_is_a_mistake_at_its_line"),
    ("a work directory that the command removed is missed", "run/engine/attempt_finish.c",
     "running->own_fd >= 0 && has_work_dir(running)", "running->own_fd >= 0",
     "cli/run_with_dir_work_failures_caches_and_updates_work"),
    ("a name is found where two pieces of a file meet", "run/attempt/named.c", "if (named->tail.len) {",
     "if (0) {", "cli/run_an_output_that_names_the_work_directory_is_told"),
    # what counts like a declared file
    ("an intermediate that another stage reads is judged", "record/judge/recorded.c",
     "file->role == ROLE_INTERMEDIATE && graph_keeps(graph, stage, file->path)", "0",
     "unit/record_verdict_files"),
    ("an intermediate that only the last success of another stage names is judged", "record/judge/lent.c",
     "for (uint32_t i = 0; basis->record && i", "for (uint32_t i = 0; 0 && i",
     "cli/judge_an_intermediate_that_a_depfile_names_is_made_again"),
    ("and so it is by the index", "record/judge/lent.c", "i < entry->further; i++", "0; i++",
     "cli/judge_an_intermediate_that_a_depfile_names_is_made_again"),
    ("an input is compared with what the stage was given", "run/engine/collect.c",
     "&running->collected[file - running->attempt.files];", "stamps_get(run->stamps, id);",
     "cli/judge_an_input_put_back_before_another_stage_looks_at_it_is_not_trusted"),
    ("what the stage itself changes is no input", "record/judge/same.c",
     "if (version->kind == VERSION_OWN)", "if (0)",
     "cli/judge_a_file_of_the_command_that_the_stage_changes_is_no_input"),
    ("another command finds out anew what it changes", "run/engine/own_change.c",
     "&success->key.part[RECORD_KEY_COMMAND])", "command)",
     "cli/judge_a_file_of_the_command_that_the_stage_changes_is_no_input"),
    ("one change while the stage runs may be a user's", "run/engine/own_change.c",
     "return old->flags & (RECORD_FILE_CHANGED | RECORD_FILE_OWN);", "return true;",
     "cli/judge_a_file_of_the_command_that_the_stage_changes_is_no_input"),
    ("what another stage makes is an input", "run/engine/own_change.c",
     "run->graph->files[id].producer != NONE ||", "",
     "cli/judge_a_file_of_the_command_that_the_stage_changes_is_no_input"),
    ("a read of what another stage makes is told", "run/engine/collect.c",
     "	missing_edge_tell(run, running, file->path);\n", "",
     "cli/judge_a_read_of_what_another_stage_makes_without_an_edge_is_told"),
    ("a path over other stages is an edge", "run/engine/missing_edge.c",
     "missing_mark_needs(graph, running->stage, running->known_needs);", "",
     "cli/judge_a_read_of_what_another_stage_makes_without_an_edge_is_told"),
    ("an edge that would close a circle is not advised", "model/graph/missing.c",
     "if (marked[reader])", "if (0)", "cli/judge_a_read_of_what_another_stage_makes_without_an_edge_is_told"),
    ("programs are always inputs", "run/engine/own_change.c", "||\n		is_program(file))", ")",
     "cli/judge_a_script_edited_in_two_runs_stays_an_input"),
    ("what another stage read meanwhile shows a change that was put back", "run/engine/collect.c",
     "now.changes != before->changes;", "0;",
     "cli/judge_an_input_put_back_before_another_stage_looks_at_it_is_not_trusted"),
    ("what the record knows of further inputs is looked at before", "run/engine/collect.c",
     "if (at != NONE) {", "if (0) {", "cli/judge_a_time_in_the_future_reruns_nothing"),
    ("a time in the future is no change", "run/engine/collect.c", " && mtime <= clock_wall_ns()", "",
     "cli/judge_a_time_in_the_future_reruns_nothing"),
    ("what a stage tells of counts by its content", "run/engine/collect.c",
     " && track_reads(file->track))\n			map_put", ")\n			map_put",
     "cli/judge_an_input_declared_to_exist_counts_by_its_content_once_it_is_told_of"),
    ("accept keeps the depfile", "run/ask/accept_manifest.c",
     "return s->depfile && file->role == ROLE_INTERMEDIATE &&", "return 0 &&",
     "cli/cmd_accept_keeps_what_only_the_stage_told"),
    # record: keys of other formats
    ("a key of another format is brought to this one", "record/manifest/record.c",
     "if (out->format != KEY_FORMAT)", "if (0)",
     "cli/judge_a_job_of_an_older_version_tells_what_it_reads_otherwise"),
    ("only where another reading is the difference it is told as that", "record/manifest/key_old.c",
     "	return is_alike(buf_text(&was_lines), buf_text(&now_lines));", "	return true;",
     "unit/record_key"),
    # record: what a verdict rests on
    ("a file whose times are as young as the clock is not trusted", "record/stamp/stamp_read.c",
     "return probe != 0 && is_past(stat->mtime_ns, probe) && is_past(stat->ctime_ns, probe);",
     "return true;", "unit/record_stamp_racy"),
    ("a time without a fraction may be of a coarse clock", "record/stamp/stamp_read.c",
     "return t % 1000000000 == 0 ? t + 2000000000 <= probe : t < probe;",
     "return t < probe;", "unit/record_stamp_racy"),
    ("a settled entry must have the same stat", "record/stamp/stamp.c",
     "if (!is_usable || !fs_same(&file->stat, &stamp->stat))", "if (!is_usable)",
     "cli/judge_a_changed_input_reruns_its_reader"),
    ("an unsettled entry of the index is read again", "record/stamp/stamp.c",
     "(file->flags & INDEX_FILE_SETTLED) &&", "", "unit/record_stamp_racy"),
    ("the index has a digest over all of it", "record/index/index.c",
     "!digest_eq(&of.digest, &head.of.digest) || ", "", "unit/record_index"),
    ("an index whose digest was mended has no seal", "record/index/index.c",
     " || !digest_eq(&of.seal, &head.of.seal)", "", "unit/record_index"),
    ("a record of the index has a digest and a seal", "record/index/index_tail.c",
     "return is_whole ? (size_t)len : 0;", "return (size_t)len;", "unit/record_index"),
    ("nothing is appended behind a torn record", "record/index/index_tail.c", "!index->is_torn,", "1,",
     "unit/record_index"),
    ("nothing is appended to an index of another boot", "record/index/index_tail.c", ".is_open = index->is_of_this_boot &&", ".is_open =",
     "unit/record_index"),
    ("a record goes behind the one that it was made for", "record/index/index_tail.c",
     "(uint64_t)st.st_size == old->end", "1", "unit/record_index"),
    ("a stage with another record is appended", "record/index/index_tail.c",
     "if (is_there(\n			    state->stage_marks, state->stages, i, &entry.stage, sizeof entry.stage))",
     "if (1)", "unit/record_index"),
    ("a file that is not as its mark says is appended", "record/index/index_tail.c",
     "return marks ? marks[i] == mark_of(now, size)", "return marks ? 1", "unit/record_index"),
    ("an index of another boot is not believed", "record/index/index.c",
     "bool is_same = is_known && strcmp(now, index->boot) == 0;", "bool is_same = is_known;",
     "cli/judge_after_a_boot_contents_are_read_again_once"),
    ("the manifest must be the one that the index saw", "record/judge/known.c",
     "fs_same(&stat, &known->index->stages[stage].manifest)", "1",
     "cli/judge_a_damaged_manifest_is_seen_while_the_index_is_there"),
    ("the index is of the same key", "record/judge/judge.c",
     "is_other |= !digest_eq(&all, &walk->entry->key);", "",
     "cli/judge_a_changed_tool_reruns"),
    ("the index has what a depfile names", "record/judge/recorded.c",
     "			add_version(recorded, version_of(file, stamps_id(stamps, file->path)));\n			++*further;", "",
     "cli/judge_a_run_of_one_stage_hides_no_change_from_others"),
    ("a file that was not there is compared, too", "record/judge/same.c",
     "return version->kind == VERSION_MISSING ? SAME : DIFF_GONE;", "return SAME;",
     "cli/judge_a_run_of_one_stage_hides_no_change_from_others"),
    ("a plan reads the manifest of what may run behind another stage", "run/ask/plan.c",
     "if (!p->is_from_index || p->cause != NONE ||", "if (!p->is_from_index ||",
     "cli/cmd_status_with_the_index_says_what_it_says_without"),
    ("a plan reads the manifest of what left warnings", "run/ask/plan.c",
     "(plan->known.index->stages[stage].flags & INDEX_STAGE_NO_WARNINGS) &&", "",
     "cli/cmd_status_with_the_index_says_what_it_says_without"),
    ("a plan goes over places as they are", "run/ask/plan.c", "		plan->graph = follow(plan, err);", "		;",
     "cli/cmd_looking_finds_renumbered_stages"),
    ("versions that were not asked are no certainty", "run/ask/plan_ask.c",
     "if (!key_version(plan->graph, stage, i, NULL))\n\t\t\treturn true;", ";",
     "cli/cmd_looking_says_that_versions_are_not_asked"),
    ("manifests that name places of before are rewritten", "run/engine/run.c", "renumbered_rewrite_all(run);", ";",
     "cli/record_manifests_of_renumbered_stages_name_what_is_there"),
    ("what a manifest keeps of a failure has places, too", "record/manifest/places.c",
     'text_eq(name, "last_failure")', "0", "cli/record_manifests_of_renumbered_stages_name_what_is_there"),
    ("only where the directory has another number its log tells it", "run/engine/renumbered.c",
     'if (json_get_num(manifest, "stage_number", s->number) != s->number)', "if (1)",
     "cli/record_manifests_of_renumbered_stages_name_what_is_there"),
    ("only the manifests that name places of before are rewritten", "run/engine/renumbered.c",
     "if (!run_record(run, i)->has_moved)", "if (0)",
     "cli/record_manifests_of_renumbered_stages_name_what_is_there"),
    ("accept leaves no place of before beside those of now", "run/ask/accept.c",
     "if (status < 0 || !record->has_moved)", "if (1)",
     "cli/record_manifests_of_renumbered_stages_name_what_is_there"),
    ("a failure that is over is written back", "run/engine/check.c", "!manifest_restored(", "1 || !manifest_restored(",
     "cli/record_of_a_failure_that_is_over_tells_the_success_again"),
    ("which run was later is told by its record", "record/runs/past_list.c", "if (is_close)", "if (0)",
     "cli/record_runs_are_ordered_by_their_recorded_time"),
    ("manifests may not be nested too deeply", "base/json_check.c", "if (++scan->depth > JSON_DEPTH_MAX)",
     "if (0)", "cli/judge_a_deeply_nested_manifest_is_only_unreadable"),
    # what makes nothing, and what may not be read or written
    ("what a skipped stage made before is absent for its readers", "record/stamp/stamp.c",
     "	if (stamps_is_absent(stamps, id))\n		return &nothing;\n", "	(void)nothing;\n",
     "cli/judge_files_of_disabled_and_skipped_stages_are_absent"),
    ("files of a disabled stage are left out of values", "model/load/expand_upstream.c",
     "if (instance->is_disabled) {", "if (0) {", "unit/model_expand_input"),
    ("files of a disabled stage are left out, however they are named", "model/load/expand_input.c",
     "if (absent || is_used_as(", "if (is_used_as(", "unit/model_expand_input"),
    ("a failure that is allowed hides no later success", "record/judge/absent.c",
     "!is_fresh && stage_settings", "stage_settings",
     "cli/judge_files_of_disabled_and_skipped_stages_are_absent"),
    ("what is read instead counts only while it is read", "record/judge/judge.c",
     "if (item->use && (label_of(walk, item->use)->flags & LABEL_ELSE))", "if (0)",
     "cli/judge_files_of_disabled_and_skipped_stages_are_absent"),
    ("a pattern does not reach into a made directory", "model/load/expand_glob.c",
     "	if (above)\n", "	if (0)\n", "unit/model_expand_each"),
    ("a pattern does not reach into one that it matches itself", "model/load/expand_glob.c",
     "if (reaches_below(pattern, one->path) && is_made_dir(loader, one)) {", "if (0) {",
     "unit/model_expand_each"),
    ("a pattern sees all that is made", "model/load/expand_output.c", "	each_check_patterns(loader);\n", "",
     "unit/model_expand_each"),
    ("what is deleted is no input", "model/graph/build_edges.c", "	if (work->is_deleted)\n",
     "	if (0)\n", "unit/model_expand_input"),
    ("an alias that holds itself ends", "model/load/params_file.c", "if (depth > DEPTH_MAX) {", "if (0) {",
     "unit/model_params"),
    ("the pipeline file is no output", "model/load/expand_output.c",
     "if (!below && definition_at(x->loader, path))", "if (0)",
     "cli/names_of_our_own_files_are_refused_as_outputs"),
    ("another job's files are no outputs", "model/load/expand_output.c",
     "if (!below && is_of_other_job(x->loader, path))", "if (0)",
     "cli/names_of_our_own_files_are_refused_as_outputs"),
    ("a file in the place of an instance's directory goes", "run/engine/running.c",
     "if (running->dir_fd < 0 && errno == ENOTDIR) {", "if (0) {",
     "cli/run_an_instance_may_be_called_like_a_former_output"),
    # run: the lock
    ("the lock", "run/job/lock.c", "if (fcntl(fd, F_OFD_SETLK, &whole_file) == 0) {",
     "if (fcntl(fd, F_GETFD) >= 0) {", "cli/run_a_second_run_waits_for_the_first"),
    ("the lock is closed in stages", "run/job/lock.c", "O_RDWR | O_CREAT | O_CLOEXEC |",
     "O_RDWR | O_CREAT |", "cli/stages_inherit_no_open_files_of_ours"),
    ("a lock on a removed file is none", "run/job/lock.c", "if (is_its_own(fd, path))", "if (1)",
     "cli/run_a_lock_on_a_removed_file_is_none"),
    ("a lock that is refused is not waited for", "run/job/lock.c", "int why = errno;",
     "int why = errno == EACCES ? EWOULDBLOCK : errno;", "cli/run_a_lock_that_is_refused_is_not_waited_for"),
    # run: inputs and outputs around an attempt
    ("inputs are looked at again after the command", "run/engine/collect.c",
     "if (is_same && is_read && before->is_settled)", "if (1)",
     "cli/judge_an_input_edited_while_the_stage_runs_counts_next_time"),
    ("an input that was written and put back is not trusted", "run/engine/collect.c",
     "	if (is_written)\n		return false;\n", "	(void)is_written;\n",
     "cli/judge_an_input_edited_and_put_back_while_the_stage_runs_is_not_trusted"),
    ("a reported input that is younger than the attempt is not trusted", "run/engine/collect.c",
     "return now->stat.type != 0 && begin &&", "return 0 && begin &&",
     "cli/judge_a_reported_input_edited_while_the_stage_runs_counts_next_time"),
    ("an input that changed is recorded as such", "record/judge/same.c",
     "if (file->flags & RECORD_FILE_CHANGED) {", "if (0) {",
     "cli/judge_an_input_edited_and_put_back_while_the_stage_runs_is_not_trusted"),
    ("files are looked at again once commands have run", "run/engine/check.c",
     "if (maker == NONE || !run->stages[maker].has_run)", "if (0)",
     "cli/judge_an_input_that_another_stage_edits_is_looked_at_again"),
    ("only what a stage wrote is its own, whatever it reports", "run/engine/collect.c",
     "(stat->mtime_ns >= running->begin_ns || stat->ctime_ns >= running->begin_ns)", "1",
     "cli/stages_that_claim_what_they_did_not_make_do_not_own_it"),
    ("an output that was left from before is not taken", "run/engine/collect.c",
     "if (fs_same(before, stat) && !was_written_into(running, file->path, stat))", "if (0)",
     "cli/run_an_output_that_was_left_from_before_is_not_taken"),
    ("what a command writes over by its own name is kept before", "run/engine/overwritten.c",
     "if (!is_update && !is_likely_overwritten(graph, running->stage, use))", "if (!is_update)",
     "cli/run_keeps_a_users_files_wherever_they_lie"),
    ("what a disabled stage left in a directory is told", "model/load/expand_input.c",
     "	warn_of_left_over(x, file);", "",
     "cli/judge_files_of_disabled_and_skipped_stages_are_absent"),
    ("logs that a user keeps are not ours", "model/graph/job_paths.c",
     "	return at && strcmp(at, RUN_LOG_TAIL) == 0;", "	return true;",
     "cli/record_keep_logs_keeps_those_of_earlier_runs"),
    ("no instance is gone while nobody knows which there are", "run/ask/orphans.c",
     "		(instance && orphans_may_not_be(search->graph, decl)) ||\n", "",
     "cli/cmd_clean_orphans_removes_what_gone_stages_made"),
    ("what is temporary and was not made this time is gone", "run/engine/temporary.c",
     "		stamps_set_spent(run->stamps, file, NULL);", "",
     "cli/judge_a_temporary_output_that_is_no_longer_made_is_gone"),
    ("a second stage over a made list waits for it too", "model/load/each_list.c",
     "		decl->has_lists |= gather.list->use_count != 0;", "",
     "cli/cmd_clean_orphans_removes_what_gone_stages_made"),
    ("no output leads to something temporary", "run/engine/relink.c",
     " || is_temporary(relink, to))", ")",
     "cli/run_links_among_outputs_mean_at_their_place_what_they_meant"),
    ("what is written over is no file of a copied job", "run/engine/overwritten.c",
     "			if (!fs_is_dir(file.path))", "			if (0)",
     "cli/run_a_job_copied_by_hard_links_leaves_the_other_alone"),
    ("a link in the way of an output ends no run", "run/engine/running.c",
     "	if (status < 0 && running->log && (err.sys == EXDEV || err.sys == ELOOP)) {", "	if (0) {",
     "cli/names_behind_a_link_out_of_the_root_are_not_written"),
    ("links lead to renumbered directories", "run/engine/renumbered.c",
     "		status = renumbered_relink(run, &places, manifest, err);", "		status = 0;",
     "cli/judge_a_new_number_reruns_nothing"),
    ("what lies at the place of a deleted intermediate stays", "run/ask/clean.c",
     "return file->role == ROLE_INTERMEDIATE && !(file->flags & RECORD_FILE_RETAINED);", "return false;",
     "cli/run_intermediates_that_are_not_retained_go"),
    ("an intermediate that lies elsewhere is not deleted", "run/engine/publish.c",
     "		if (is_aside)\n			return remove_made(run, running, at, err);",
     "		return remove_made(run, running, at, err);",
     "cli/stages_cannot_claim_files_of_others_as_their_intermediates"),
    ("what is not ours is kept before an output replaces it", "run/engine/replaced.c",
     "if (comes_again || is_in_record(&what) || is_in_job(&what))", "if (1)",
     "cli/run_keeps_what_lies_at_the_place_of_an_output"),
    ("a removed work directory is a failure", "run/engine/attempt_finish.c",
     "if (running->own_fd >= 0 && has_work_dir(running))\n		return NULL;", "return NULL;", "cli/stages_that_delete_their_work_directory_fail_alone"),
    ("the begin marker is found", "run/engine/sweep.c", "if (strcmp(name, WORK_DIR) == 0)", "if (0)",
     "cli/run_a_stage_killed_at_once_is_interrupted"),
    ("the open mark makes the begin marker looked for", "run/engine/sweep.c",
     "if (run->index && !run->was_open && run->index->is_of_this_boot)",
     "if (run->index && run->index->is_of_this_boot)",
     "cli/run_a_stage_killed_at_once_is_interrupted"),
    ("what a killed run wrote aside is removed", "run/engine/sweep.c", "unlinkat(fd, name, 0);", ";",
     "cli/run_after_a_killed_one_leaves_no_trace_of_it"),
    ("slots that a killed program had come back", "run/engine/loop.c", "if (run->jobpool && running == 0)",
     "if (0)", "cli/run_jobserver_pool_gets_lost_tokens_back"),
    ("stages take their slots from the pool that their makes have", "run/engine/loop.c",
     "if (!run->jobserver || is_first ||", "if (1 || is_first ||",
     "cli/run_jobserver_pool_bounds_makes_and_stages"),
    ("the warden of a killed run holds its lock", "run/engine/launch.c", ".held_fd = run->lock_fd,",
     ".held_fd = -1,", "cli/run_after_a_killed_one_waits_for_its_processes"),
    ("a work directory that a stage changed is not used again", "run/engine/workdir.c",
     "st.st_mode == dirs->mode", "1", "unit/run_workdir"),
    # run: places
    ("outputs are not written through a link out of the root", "run/job/beneath.c",
     ".resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,", ".resolve = 0,",
     "cli/names_behind_a_link_out_of_the_root_are_not_written"),
    ("a work directory that became a link is not followed", "run/job/beneath.c",
     "return openat(top, name, OPEN_DIR | O_NOFOLLOW);", "return openat(top, name, OPEN_DIR);",
     "cli/run_links_in_our_way_lead_nowhere"),
    ("what a stage made is taken from its work directory alone", "run/engine/publish.c",
     "		*rel = below;\n		return running->own_fd;", "		*rel = path;\n		return -100;",
     "cli/run_links_in_our_way_lead_nowhere"),
    ("a job's files stay in its directory", "run/job/beneath.c", "*rel = below && *below ? below : path;\n"
     "	return below && *below ? job_fd : AT_FDCWD;", "*rel = path;\n	return AT_FDCWD;",
     "cli/run_links_in_our_way_lead_nowhere"),
    ("links among outputs mean at their place what they meant", "run/engine/relink.c",
     "	for (size_t i = 0; relink->makes && status == 0 && i < relink->count; i++)", "	for (size_t i = 0; 0;)",
     "cli/run_links_among_outputs_mean_at_their_place_what_they_meant"),
    ("a link that would lead nowhere fails", "run/engine/relink.c",
     "if (!now && file && file->role == ROLE_OUTPUT) {", "if (0) {",
     "cli/run_links_among_outputs_mean_at_their_place_what_they_meant"),
    ("links to directories are followed", "base/digest_tree.c", "return S_ISDIR(st.st_mode) ? TREE_FOLLOW : 0;",
     "return 0;", "cli/judge_links_to_directories_are_followed"),
    ("the executable bit counts", "record/judge/same.c", "return mode_differs(version, now) ? DIFF_MODE : SAME;",
     "return SAME;", "cli/judge_the_executable_bit_counts"),
    ("directories of an older version are read as it read them", "record/judge/judge.c",
     "		judge_adopt_trees(judge->graph, stage, judge->stamps, record);\n", "",
     "cli/judge_a_job_of_an_older_version_tells_what_it_reads_otherwise"),
    ("a watched directory tells of what happens in it", "record/stamp/stamp_watch.c",
     "					watch->dirs[i].is_quiet = false;\n			}", "					;\n			}",
     "cli/judge_a_directory_that_many_stages_read_is_walked_once"),
    ("what was being copied elsewhere is removed", "run/engine/sweep.c", "\t\tsweep_moves(run, stage);", "\t\t;",
     "cli/run_killed_while_an_output_is_copied_leaves_nothing"),
    ("a log that a copied job has too is not written over", "run/attempt/stagelog.c", "st.st_nlink == 1 && ", "",
     "cli/run_a_job_copied_by_hard_links_leaves_the_other_alone"),
    ("what is updated in place is not a copied job's", "run/engine/overwritten.c",
     "		if (status == 0)\n			status = unshare(run, running->stage, file.path, err);", "",
     "cli/run_a_job_copied_by_hard_links_leaves_the_other_alone"),
    ("what lies at an intermediate's place is not the stage's by that", "run/engine/collect.c",
     "			same_as_recorded(old, stamps_get(run->stamps, id)) == SAME)", "			true)",
     "cli/run_keeps_a_users_files_wherever_they_lie"),
    ("what a stage left is not replaced if it was changed since", "run/engine/publish.c",
     "bool is_ours = is_free || !same_is_younger(record, &there, false);", "bool is_ours = true;",
     "cli/run_keeps_a_users_files_wherever_they_lie"),
    ("outputs are beneath the root", "model/load/expand_output.c", "if (path_is_outside(path))", "if (0)",
     "cli/names_that_leave_the_root_are_refused"),
    ("clean asks where links lead", "run/ask/clean.c",
     "if (is_outside(file->path) || leads_out(clean, file->path))", "if (is_outside(file->path))",
     "cli/cmd_clean_never_leaves_the_root"),
    ("clean keeps inputs", "run/ask/clean.c", "if (map_get(&clean->sources, file->path) != NONE)",
     "if (0)", "cli/cmd_clean_never_leaves_the_root"),
    ("who reads a renamed stage gets its new name", "run/ask/accept.c", "else if (request->was)", "else if (0)",
     "cli/cmd_accept_was_takes_over_a_renamed_stage"),
    ("a key is renamed only where it is the old one", "run/ask/accept_rename.c",
     "if (!digest_eq(&set.part[i], &rename->before->stages[stage].key[i]))", "if (0)",
     "cli/cmd_accept_was_takes_over_a_renamed_stage"),
    ("adopting is for what never succeeded", "run/ask/accept.c", "if (accept->request->adopts && record->success.is_known)",
     "if (0)", "cli/cmd_accept_adopt_takes_files_made_by_hand"),
    ("clean --orphans keeps what others have", "run/ask/clean.c", "if (owner != NONE)", "if (0)",
     "cli/cmd_clean_orphans_removes_what_gone_stages_made"),
    ("clean keeps what was changed", "run/ask/clean.c",
     "	default:\n		return \"it was changed since the stage made it\";", "	default:\n		return NULL;",
     "cli/cmd_clean_keeps_what_was_changed_since"),
    ("a reported path stays in the root", "run/engine/stage_events.c",
     "if (role != ROLE_INPUT && *full == '/')", "if (0)", "cli/stages_cannot_claim_files_outside_the_root"),
    # names
    ("values are quoted for the shell", "base/text.c",
     "	while (is_plain(*p) || (*p == '=' && is_option))", "	while (*p)", "cli/names_are_quoted_in_every_context"),
    ("controls do not reach the terminal", "base/text.c", "if (n > 0 && !is_control(p + i, n)) {", "if (n > 0) {",
     "cli/names_with_controls_do_not_reach_the_terminal"),
    # run: processes
    ("a command that reaches the warden in part ends the run", "run/exec/warden_client.c",
     "warden_dismiss(warden);\n\terrno = why;", "errno = why;",
     "cli/run_a_command_that_half_reaches_the_helper_ends_the_run"),
    ("kept pipes leave descriptors to start what comes next", "run/exec/warden.c",
     "fds[i] >= state->kept_max", "false", "cli/run_many_at_once_despite_a_low_limit_of_files"),
    ("a warden that cannot tell goes", "run/exec/warden_wire.c", "if (len)\n\t\tshutdown(WIRE_FD, SHUT_RDWR);", "",
     "cli/run_a_helper_that_cannot_go_on_ends_the_run"),
    ("the warden adopts what stages leave behind", "run/exec/warden.c",
     "	prctl(PR_SET_CHILD_SUBREAPER, 1);\n", "", "processes/setsid / beside another stage"),
    ("the runner adopts what a killed warden leaves behind", "run/exec/warden_client.c",
     "	prctl(PR_SET_CHILD_SUBREAPER, 1);\n", "", "processes/double fork / warden killed"),
    ("strays are told apart by a limit", "run/exec/warden.c", "	setrlimit(TRACE, &limit);\n", "",
     "processes/no traces / beside another stage"),
    ("strays are told apart by their session", "run/exec/warden.c", "ward->has_session && (session == ward->pid ||",
     "ward->has_session && (", "processes/without traces"),
    ("stages have no terminal", "run/exec/warden_spawn.c", "command->has_session && setsid() < 0", "0",
     "cli/stages_read_nothing_from_the_terminal"),
    ("stages start with default signals", "base/program.c",
     "POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK", "POSIX_SPAWN_SETSIGMASK",
     "cli/stages_start_with_default_signals"),
    ("a stopped stage goes on to take TERM", "run/exec/warden.c",
     "kill(ward->has_session ? -ward->pid : ward->pid, SIGCONT);", ";",
     "cli/stages_that_stop_themselves_take_term"),
    ("children are waited for whatever the parent did", "base/program.c", "	sigfillset(&all);",
     "	sigfillset(&all);\n	sigdelset(&all, SIGCHLD);",
     "cli/run_with_child_and_pipe_signals_ignored_by_the_parent"),
    ("the runner dies of the signal itself", "main.c", "	if (code > 128)\n		die_of_signal(code - 128);\n",
     "", "cli/cmd_run_dies_of_the_signal_itself"),
    ("files are not opened as standard output", "main.c", "	if (process_open_standard() < 0)\n\t\treturn EXIT_WORLD;\n", "",
     "cli/run_with_its_standard_files_closed"),
    ("stages keep the soft limit of open files", "base/program.c", "	process_restore_files();\n", "",
     "cli/run_many_at_once_despite_a_low_limit_of_files"),
    ("a warden that was stopped goes on", "run/exec/exec_local.c", "		warden_tend(exec->warden);\n", "",
     "cli/run_a_helper_that_a_stage_stops_goes_on"),
    ("a write beyond the limit of file sizes is an error", "main.c", "	signal(SIGXFSZ, SIG_IGN);\n", "",
     "cli/run_under_a_limit_of_file_sizes_says_where"),
    ("a crowd keeps nobody out of serve", "cmd/serve/serve_http.c", "			show_out_oldest(http);\n", "			;\n",
     "cli/serve_lets_in_who_comes_while_others_hold_connections"),
    ("serve gives what manifests list alone", "view/page/report_files.c",
     "!text_eq(json_get_str(row, \"path\", NULL), path)", "0",
     "cli/serve_gives_what_stages_made_and_nothing_else"),
    ("a link in the place of a result is not followed", "view/page/report_files.c", "O_RDONLY | O_NOFOLLOW",
     "O_RDONLY", "cli/serve_gives_what_stages_made_and_nothing_else"),
    ("a result that is opened can do nothing", "cmd/serve/serve_http.c", "\"sandbox; default-src", "\"default-src",
     "cli/serve_gives_what_stages_made_and_nothing_else"),
    ("a report holds no more than a page bears", "view/page/report_files.c", "size <= EMBED_MAX && ", "",
     "cli/report_leads_to_results_and_holds_those_with_a_caption"),
    ("a terminal gets no escapes of a log", "cmd/logs/logs_pager.c", "isatty(STDOUT_FILENO) == 1;", "pager->may_fit;",
     "cli/cmd_logs_without_a_viewer_are_printed"),
    ("a pipe needs a shell that sees what fails in front of it", "model/command/command.c",
     "!command_has_pipe(command) || shell_sees_pipes()", "1",
     "cli/run_scripts_run_under_bash_and_see_what_fails_in_front_of_a_pipe"),
    ("what nobody reads holds up nothing", "view/console/outlet.c", "O_WRONLY | O_NONBLOCK", "O_WRONLY",
     "cli/run_goes_on_while_nobody_reads_what_it_says"),
    ("what a stage reports is read piece by piece", "run/engine/running.c",
     "bool has_more = stage_events_read(run, running, false);",
     "bool has_more = false;\n	while (stage_events_read(run, running, false))\n		continue;",
     "cli/run_is_not_held_up_by_what_a_stage_reports"),
    ("large inputs that a stage names are read by workers", "run/engine/collect.c",
     "more->is_asked |= !stamps_ask(run->stamps, &id, 1, true, running->stage);",
     "stamps_look(run->stamps, &id, 1, true);",
     "cli/run_large_inputs_that_a_stage_names_are_read_while_others_go_on"),
    ("only the owner may read what -p says", "model/load/remembered.c", "0600", "0666",
     "cli/cmd_a_job_remembers_its_parameters"),
    ("[defaults] of a part are for its stages alone", "model/load/definition_scope.c", "return own == part;",
     "return true;", "cli/run_parts_bring_in_a_file_once_for_each_section"),
    ("a list of one part is none of another's", "model/load/each_list.c",
     "def_part_of(&gather->x.loader->text, gather->line)", "0u", "cli/run_parts_bring_in_a_file_once_for_each_section"),
    ("who stands below takes no file of everybody's", "model/load/definition_find.c",
     "(st->st_mode & S_IWOTH) != 0", "false", "unit/model_definition"),
]


# Files of one program, which are in no library.
PARTS = {"main.c": "restage", "run/attempt/node.c": "restage-attempt", "run/attempt/node_run.c": "restage-attempt"}


def compile_command(path):
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            if os.path.samefile(entry["file"], path):
                return entry
    raise LookupError(f"no compile command for {path}")


def link_command(target):
    text = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "-s", target], check=True,
                          capture_output=True, text=True).stdout
    return [line for line in text.splitlines() if line.strip()][-1]


def build_object(directory, file, old, new):
    source = os.path.join(SOURCE, "src", file)
    with open(source, encoding="utf-8") as stream:
        text = stream.read()
    if text.count(old) != 1:
        raise LookupError(f"{file} has {text.count(old)} times: {old.strip()}")
    patched = os.path.join(directory, os.path.basename(file))
    with open(patched, "w", encoding="utf-8") as stream:
        stream.write(text.replace(old, new))
    entry = compile_command(source)
    words = shlex.split(entry["command"])
    output = os.path.join(directory, "patched.o")
    words[words.index("-o") + 1] = output
    words[words.index("-c") + 1] = patched
    words = [word for word in words if not word.startswith("-Werror")] + ["-w", "-O1"]
    # Dependencies go where ninja does not look.
    for flag in ("-MF", "-MT"):
        if flag in words:
            words[words.index(flag) + 1] = os.path.join(directory, "patched.d")
    subprocess.run(words, check=True, cwd=entry["directory"], stderr=subprocess.PIPE, text=True)
    return output


def link(directory, target, patched, file):
    """The target with the patched object in place of the real one, or in front of the library that holds that."""
    if PARTS.get(file, target) != target:
        os.symlink(os.path.join(BUILD, target), os.path.join(directory, os.path.basename(target)))
        return os.path.join(directory, os.path.basename(target))
    command = link_command(target)
    command = command.removeprefix(": && ").removesuffix(" && :")
    words = shlex.split(command.split(" && ")[0])
    output = os.path.join(directory, os.path.basename(target))
    words[words.index("-o") + 1] = output
    own = [word for word in words if word.endswith(f"/{os.path.basename(file)}.o")]
    if own:
        words[words.index(own[0])] = patched
    else:
        words.insert(words.index("-o"), patched)
    subprocess.run(words, check=True, cwd=BUILD, stderr=subprocess.PIPE, text=True)
    return output


def notices(directory, test, patched, file):
    """Does the test fail?"""
    kind, name = test.split("/", 1)
    env = dict(os.environ, TMPDIR=directory)
    for variable in ("COLLECT", "CAMPAIGN_RESULTS"):
        env.pop(variable, None)
    env["RESTAGE_ATTEMPT"] = link(directory, "restage-attempt", patched, file)  # restage finds it beside itself
    if kind == "unit":
        command = [link(directory, f"tests/unit/unit_{name}", patched, file)]
    else:
        env["RESTAGE"] = link(directory, "restage", patched, file)
        if kind == "cli":
            command = ["bash", os.path.join(SOURCE, "tests/cli", name + ".sh")]
            if not os.path.exists(command[1]):
                raise LookupError(f"there is no test {test}")
        else:
            command = [sys.executable, os.path.join(SOURCE, "tests/campaign/processes.py"), "--only", name]
    with open(os.path.join(directory, "output"), "wb") as output:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   start_new_session=True)
        try:
            return process.wait(TIMEOUT) != 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return True


def check(guard):
    """None, or what is wrong."""
    _, file, old, new, test = guard
    directory = tempfile.mkdtemp(prefix="restage-guards.")
    try:
        patched = build_object(directory, file, old, new)
        if notices(directory, test, patched, file):
            return None
        return f"nobody notices: {test} passes without it"
    except (LookupError, ValueError) as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return f"cannot be built without it: {error.stderr}"
    finally:
        # Runner and helper were killed in one instant, or could not do their work.
        for pid in processes.survivors(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(directory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--every", type=int, default=1)
    args = parser.parse_args()
    chosen = [guard for guard in GUARDS if args.only in guard[0]]
    if args.every > 1:
        chosen = chosen[::args.every]
    cases, failures, box = 0, 0, timebox.Box()
    for guard in chosen:
        if box.is_over():
            break
        cases += 1
        wrong = check(guard)
        failures += wrong is not None
        print(f"{'FAILED' if wrong else 'ok    '} {guard[1]}: {guard[0]}{': ' + wrong if wrong else ''}",
              flush=True)
    return report(cases, failures, f"guards taken out, of {len(GUARDS)}", 0)


if __name__ == "__main__":
    sys.exit(main())

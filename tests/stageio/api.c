/* The C library, call by call. */
/* cmocka wants these four first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "stageio.h"

static const char *const runner_variables[] = {"STAGEIO_EVENTS", "STAGEIO_STAGE",
	"STAGEIO_STAGE_DIR", "STAGEIO_OUTPUT_DIR", "STAGEIO_JOB_DIR"};

/* Each test runs in a fresh directory, without a runner. */
static int enter(void **state)
{
	char *dir = strdup("/tmp/restage-test-XXXXXX");

	for (size_t i = 0; i < sizeof runner_variables / sizeof *runner_variables; i++)
		unsetenv(runner_variables[i]);
	if (!dir || !mkdtemp(dir) || chdir(dir) < 0)
		return -1;
	*state = dir;
	return 0;
}

static int leave(void **state)
{
	struct err err = {0};

	if (chdir("/") < 0 || fs_remove_tree(*state, &err) < 0)
		return -1;
	free(*state);
	return 0;
}

static void write_text(const char *path, const char *text)
{
	assert_int_equal(fs_replace(path, text, strlen(text), NULL), 0);
}

static void make_dir(const char *path)
{
	assert_int_equal(fs_mkdirs(path, NULL), 0);
}

static char *read_text(const char *path)
{
	struct buf text = {0};

	assert_int_equal(fs_read(path, 1 << 24, &text, NULL), 0);
	return buf_steal(&text);
}

static json *read_manifest(const char *dir)
{
	char path[256];
	struct err err = {0};

	snprintf(path, sizeof path, "%s/manifest.json", dir);
	char *text = read_text(path);
	json *manifest = json_parse(text, strlen(text), &err);
	if (!manifest)
		fail_msg("%s", err.text);
	free(text);
	return manifest;
}

static void assert_member(const json *object, const char *key, const char *want)
{
	assert_string_equal(json_get_str(object, key, "(absent)"), want);
}

static stageio *open_stage(const char *name)
{
	stageio *io = NULL;

	assert_int_equal(stageio_open(&io, name, "out/job", 0), STAGEIO_OK);
	assert_non_null(io);
	return io;
}

static void under_runner(void)
{
	make_dir("out/job/04_asr/work");
	setenv("STAGEIO_EVENTS", "events", 1);
	setenv("STAGEIO_STAGE", "asr", 1);
	setenv("STAGEIO_STAGE_DIR", "out/job/04_asr", 1);
	setenv("STAGEIO_OUTPUT_DIR", "out/job/04_asr/work", 1);
	setenv("STAGEIO_JOB_DIR", "out/job", 1);
}

static void open_needs_a_stage_and_a_job(void **state)
{
	stageio *io = (stageio *)state;

	assert_int_equal(stageio_open(&io, NULL, "out/job", 0), STAGEIO_EPLACE);
	assert_null(io);
	assert_int_equal(stageio_open(&io, "asr", NULL, 0), STAGEIO_EPLACE);
	assert_non_null(strstr(stageio_error_detail(), "STAGEIO_JOB_DIR"));
	assert_int_equal(stageio_open(NULL, "asr", "out/job", 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_open(&io, "asr", "out/job", 4), STAGEIO_EINVAL);
	setenv("STAGEIO_STAGE", "mix", 1);
	setenv("STAGEIO_JOB_DIR", "out/other", 1);
	assert_int_equal(stageio_open(&io, NULL, NULL, 0), STAGEIO_OK);
	assert_string_equal(stageio_error_detail(), "");
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	assert_true(fs_exists("out/other/01_mix/manifest.json"));
	assert_int_equal(stageio_close(NULL), STAGEIO_OK);
}

static void stage_names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = {"", ".", "..", "a/..", "/a", "a/", "a//b", "../a"};
	stageio *io;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(stageio_open(&io, bad[i], "out/job", 0), STAGEIO_EINVAL);
	assert_false(fs_exists("out"));
}

static void a_new_stage_gets_the_number_after_the_highest(void **state)
{
	(void)state;
	make_dir("out/job/01_demux");
	make_dir("out/job/07_mix");
	make_dir("out/job/logs");
	make_dir("out/job/x_1");
	write_text("out/job/99_file", "");
	stageio_close(open_stage("asr"));
	stageio_close(open_stage("asr"));
	stageio_close(open_stage("demux"));
	stageio_close(open_stage("tts/ep1"));
	json *asr = read_manifest("out/job/08_asr");
	assert_int_equal(json_get_num(asr, "stage_number", 0), 8);
	assert_member(asr, "stage_dir", "out/job/08_asr");
	assert_member(asr, "job", "job");
	json_free(asr);
	json *demux = read_manifest("out/job/01_demux");
	assert_int_equal(json_get_num(demux, "stage_number", 0), 1);
	json_free(demux);
	json *tts = read_manifest("out/job/09_tts/ep1");
	assert_member(tts, "stage", "tts/ep1");
	assert_int_equal(json_get_num(tts, "stage_number", 0), 9);
	json_free(tts);
}

static void a_stage_is_running_until_it_is_finalized(void **state)
{
	stageio *io = open_stage("asr");

	(void)state;
	json *manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "running");
	assert_true(json_is(json_get(manifest, "completed_at"), JSON_NULL));
	json_free(manifest);
	assert_int_equal(stageio_add_warning(io, "odd"), STAGEIO_OK);
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "running");
	assert_int_equal(json_count(json_get(manifest, "warnings")), 1);
	json_free(manifest);
}

static void closing_keeps_what_was_reported(void **state)
{
	stageio *io = open_stage("asr");
	char name[16];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "gone%d", i);
		assert_int_equal(stageio_track_input(io, name, "x", NULL, 0), STAGEIO_OK);
	}
	json *manifest = read_manifest("out/job/01_asr");
	size_t saved = json_count(json_get(manifest, "inputs"));
	assert_in_range(saved, 900, 999); /* not written for each of many */
	json_free(manifest);
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_int_equal(json_count(json_get(manifest, "inputs")), 1000);
	json_free(manifest);
}

static void assert_input(stageio *io, const char *name, const char *from, const char *want)
{
	char *path = NULL, *cwd = getcwd(NULL, 0), full[512];

	assert_int_equal(stageio_get_input_path(&path, io, name, from), STAGEIO_OK);
	snprintf(full, sizeof full, "%s/%s", cwd, want);
	assert_string_equal(path, full);
	stageio_free(path);
	free(cwd);
}

static void inputs_are_found_in_earlier_stages(void **state)
{
	stageio *io, *instance;
	char *path = (char *)state;

	make_dir("out/job/01_demux");
	make_dir("out/job/02_demux");
	make_dir("out/job/03_split/ep1");
	make_dir("out/job/09_late");
	write_text("out/job/01_demux/only.wav", "");
	write_text("out/job/02_demux/a.wav", "");
	write_text("out/job/03_split/a.wav", "");
	write_text("out/job/03_split/ep1/b.wav", "");
	write_text("out/job/09_late/a.wav", "");
	make_dir("out/job/05_asr");
	io = open_stage("asr");
	instance = open_stage("asr/ep1");
	/* the highest number of that name, there or not */
	assert_input(io, "a.wav", "demux", "out/job/02_demux/a.wav");
	assert_input(io, "none.wav", "demux", "out/job/02_demux/none.wav");
	assert_input(io, "b.wav", "split/ep1", "out/job/03_split/ep1/b.wav");
	assert_input(io, "b.wav", "split", "out/job/03_split/b.wav");
	assert_input(instance, "b.wav", "split", "out/job/03_split/ep1/b.wav");
	assert_input(instance, "a.wav", "demux", "out/job/02_demux/a.wav");
	/* the nearest before this one */
	assert_input(io, "a.wav", NULL, "out/job/03_split/a.wav");
	assert_input(io, "only.wav", NULL, "out/job/01_demux/only.wav");
	assert_input(instance, "b.wav", NULL, "out/job/03_split/ep1/b.wav");
	assert_input(io, "none.wav", NULL, "out/job/none.wav");
	assert_int_equal(stageio_get_input_path(&path, io, "a.wav", "dem"), STAGEIO_ENOSTAGE);
	assert_null(path);
	assert_non_null(strstr(stageio_error_detail(), "'dem'"));
	assert_int_equal(stageio_get_input_path(&path, io, "a.wav", "../x"), STAGEIO_EINVAL);
	assert_int_equal(stageio_get_input_path(&path, io, "/a/./b", NULL), STAGEIO_OK);
	assert_string_equal(path, "/a/b");
	stageio_free(path);
	stageio_close(io);
	stageio_close(instance);
}

static void outputs_stay_in_the_stage(void **state)
{
	static const char *const bad[] = {"", "/etc/x", "..", "../x", "a/../../x"};
	stageio *io = open_stage("asr");
	char *path = (char *)state, *cwd = getcwd(NULL, 0), want[512];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(stageio_get_output_path(&path, io, bad[i]), STAGEIO_EINVAL);
		assert_null(path);
	}
	assert_int_equal(stageio_get_output_path(&path, io, "a//./..b"), STAGEIO_OK);
	snprintf(want, sizeof want, "%s/out/job/01_asr/a/..b", cwd);
	assert_string_equal(path, want);
	assert_true(fs_is_dir("out/job/01_asr/a"));
	stageio_free(path);
	free(cwd);
	stageio_close(io);
}

static int track(stageio *io, const stageio_field *fields, size_t count)
{
	return stageio_track_output(io, "x", "text", fields, count);
}

static void fields_that_cannot_be_are_refused_as_a_whole(void **state)
{
	stageio *io = open_stage("asr");
	char deep[402];

	(void)state;
	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	deep[400] = '\0';
	assert_int_equal(
		track(io, STAGEIO_FIELDS(STAGEIO_LABEL("a"), STAGEIO_LABEL("b"))), STAGEIO_EINVAL);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_INT("a", 1), STAGEIO_INT("a", 2))),
		STAGEIO_EINVAL);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_INT("", 1))), STAGEIO_EINVAL);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_INT("\xff", 1))), STAGEIO_EINVAL);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_STR("a", NULL))), STAGEIO_EINVAL);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_JSON("a", "{\"b\": }"))), STAGEIO_EJSON);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_JSON("a", "1 2"))), STAGEIO_EJSON);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_JSON("a", deep))), STAGEIO_EJSON);
	assert_int_equal(track(io, NULL, 1), STAGEIO_EINVAL);
	assert_int_equal(
		stageio_set_config(io, STAGEIO_FIELDS(STAGEIO_LABEL("x"))), STAGEIO_EINVAL);
	json *manifest = read_manifest("out/job/01_asr");
	assert_int_equal(json_count(json_get(manifest, "outputs")), 0);
	assert_int_equal(json_count(json_get(manifest, "config")), 0);
	assert_member(manifest, "status", "running");
	json_free(manifest);
	stageio_close(io);
}

/* One warning for a name and a kind of call, however often. */
static void fields_with_names_of_the_manifest_are_kept_apart(void **state)
{
	static const stageio_field more[] = {
		STAGEIO_STR("path", "x"), STAGEIO_INT("n", 1), STAGEIO_STR("label", "l")};
	stageio *io = open_stage("asr");

	(void)state;
	assert_int_equal(track(io, more, 3), STAGEIO_OK);
	assert_int_equal(track(io, STAGEIO_FIELDS(STAGEIO_INT("path", 2), STAGEIO_INT("meta", 3),
					   STAGEIO_INT("reason", 4))),
		STAGEIO_OK);
	assert_int_equal(stageio_track_intermediate(
				 io, "y", 1, "", STAGEIO_FIELDS(STAGEIO_STR("reason", "r"))),
		STAGEIO_OK);
	assert_int_equal(stageio_resource(io, STAGEIO_FIELDS(STAGEIO_NUM("cost", 1))), STAGEIO_OK);
	assert_int_equal(
		stageio_resource(io, STAGEIO_FIELDS(STAGEIO_STR("currency", "EUR"))), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_FAILED,
				 STAGEIO_FIELDS(STAGEIO_INT("status", 1), STAGEIO_NUM("loss", NAN),
					 STAGEIO_NUM("low", -INFINITY))),
		STAGEIO_OK);
	json *manifest = read_manifest("out/job/01_asr");
	const json *output = json_first(json_get(manifest, "outputs"));
	assert_member(output, "type", "text");
	assert_int_equal(json_get_num(json_get(output, "meta"), "path", 0), 2);
	assert_int_equal(json_get_num(json_get(output, "meta"), "meta", 0), 3);
	assert_int_equal(json_get_num(output, "reason", 0), 4);
	const json *other = json_first(json_get(manifest, "intermediate_files"));
	assert_member(json_get(other, "meta"), "reason", "r");
	const json *resources = json_get(json_get(manifest, "resources"), "meta");
	assert_int_equal(json_get_num(resources, "cost", 0), 1);
	assert_member(resources, "currency", "EUR");
	assert_int_equal(json_get_num(json_get(manifest, "meta"), "status", 0), 1);
	assert_member(manifest, "status", "failed");
	assert_member(manifest, "loss", "nan");
	assert_member(manifest, "low", "-inf");
	assert_int_equal(json_count(json_get(manifest, "warnings")), 6);
	json_free(manifest);
	stageio_close(io);
}

static void phases_end_with_the_next_one_and_with_the_stage(void **state)
{
	static const char *const names[] = {"load", "recognise", "write", "measured"};
	stageio *io = open_stage("asr");
	size_t i = 0;

	(void)state;
	assert_int_equal(stageio_phase(io, "load"), STAGEIO_OK);
	assert_int_equal(stageio_phase(io, "recognise"), STAGEIO_OK);
	assert_int_equal(stageio_phase(io, NULL), STAGEIO_OK);
	assert_int_equal(stageio_phase(io, NULL), STAGEIO_OK);
	assert_int_equal(stageio_phase(io, ""), STAGEIO_EINVAL);
	assert_int_equal(stageio_phase(NULL, "x"), STAGEIO_EINVAL);
	assert_int_equal(stageio_phase_took(io, "x", -1, 0, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_phase_took(io, "x", NAN, 0, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_phase(io, "write"), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_phase_took(io, "measured", 1.5, -1, 12.25), STAGEIO_OK);
	assert_int_equal(stageio_phase(io, "last"), STAGEIO_OK);
	json *manifest = read_manifest("out/job/01_asr");
	const json *phases = json_get(json_get(manifest, "resources"), "phases");
	assert_int_equal(json_count(phases), 4);
	for (const json *phase = json_first(phases); phase; phase = json_next(phase), i++) {
		assert_member(phase, "name", names[i]);
		assert_true(json_get_num(phase, "seconds", -1) >= 0);
		assert_true(json_get_num(phase, "memory_mb", -1) > 0);
		assert_int_equal(json_get(phase, "cpu_seconds") != NULL, i < 3);
	}
	json_free(manifest);
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_int_equal(json_count(json_get(json_get(manifest, "resources"), "phases")), 5);
	json_free(manifest);
}

static void arguments_that_cannot_be_are_refused(void **state)
{
	stageio *io = open_stage("asr");
	char text[STAGEIO_CHECKSUM_SIZE];

	(void)state;
	assert_int_equal(stageio_track_input(io, "", "x", NULL, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_track_input(io, NULL, "x", NULL, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_track_input(io, "x", "", NULL, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_track_input(NULL, "x", "x", NULL, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_set_config(NULL, NULL, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_add_config(io, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_add_error(io, NULL, NULL, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_add_warning(io, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_log(io, (enum stageio_level)7, "x"), STAGEIO_EINVAL);
	assert_int_equal(stageio_log(io, STAGEIO_INFO, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_logf(io, STAGEIO_INFO, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_progress(io, 1.5, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_progress(io, NAN, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_cost(io, INFINITY, "USD", "x", 0, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_cost(io, 1, "USD", "x", NAN, "calls"), STAGEIO_EINVAL);
	assert_int_equal(stageio_cost(io, 1, "", "x", 0, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_finalize(io, (enum stageio_status)9, NULL, 0), STAGEIO_EINVAL);
	assert_int_equal(stageio_checksum(text, NULL), STAGEIO_EINVAL);
	assert_int_equal(stageio_checksum(text, "gone"), STAGEIO_ESYSTEM);
	assert_non_null(strstr(stageio_error_detail(), "gone"));
	stageio_close(io);
	for (int code = 1; code > -12; code--)
		assert_true(strlen(stageio_strerror(code)) > 0);
}

static void a_success_without_its_output_is_a_failure(void **state)
{
	stageio *io = open_stage("asr");

	(void)state;
	assert_int_equal(
		stageio_track_output(io, "segments.json", "transcript", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_EOUTPUT);
	assert_non_null(strstr(stageio_error_detail(), "out/job/01_asr/segments.json"));
	json *manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "failed");
	assert_true(
		json_is(json_get(json_first(json_get(manifest, "outputs")), "missing"), JSON_TRUE));
	assert_int_equal(json_count(json_get(manifest, "errors")), 1);
	json_free(manifest);
	/* what is mended can be finalized again */
	write_text("out/job/01_asr/segments.json", "[]");
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, STAGEIO_FIELDS(STAGEIO_INT("n", 1))),
		STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "success");
	assert_null(json_get(json_first(json_get(manifest, "outputs")), "missing"));
	json_free(manifest);
	stageio_close(io);
}

static void a_skipped_stage_has_a_reason(void **state)
{
	stageio *io = open_stage("asr");

	(void)state;
	assert_int_equal(stageio_finalize(io, STAGEIO_SKIPPED, NULL, 0), STAGEIO_OK);
	json *manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "reason", "");
	json_free(manifest);
	assert_int_equal(stageio_finalize(io, STAGEIO_SKIPPED,
				 STAGEIO_FIELDS(STAGEIO_STR("reason", "Feature disabled by user"))),
		STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "skipped");
	assert_member(manifest, "reason", "Feature disabled by user");
	json_free(manifest);
	stageio_close(io);
}

static void intermediates_are_removed_after_success_only(void **state)
{
	stageio *io = open_stage("asr");

	(void)state;
	make_dir("out/job/01_asr/tmp/deep");
	write_text("out/job/01_asr/tmp/deep/x", "x");
	write_text("out/job/01_asr/both", "x");
	assert_int_equal(stageio_track_intermediate(io, "tmp", 0, NULL, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_track_intermediate(io, "both", 0, NULL, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_track_output(io, "both", "text", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_FAILED, NULL, 0), STAGEIO_OK);
	assert_true(fs_exists("out/job/01_asr/tmp/deep/x"));
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_OK);
	assert_false(fs_exists("out/job/01_asr/tmp"));
	assert_true(fs_exists("out/job/01_asr/both"));
	stageio_close(io);
}

static void nothing_outside_the_stage_is_removed(void **state)
{
	stageio *io = open_stage("asr");

	(void)state;
	make_dir("precious");
	write_text("precious/a", "x");
	write_text("b", "x");
	assert_int_equal(symlink("../../../precious", "out/job/01_asr/link"), 0);
	assert_int_equal(stageio_track_intermediate(io, "out/job/01_asr/link/a", 0, NULL, NULL, 0),
		STAGEIO_OK);
	assert_int_equal(stageio_track_intermediate(io, "b", 0, NULL, NULL, 0), STAGEIO_OK);
	assert_int_equal(
		stageio_track_intermediate(io, "out/job/01_asr", 0, NULL, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_OK);
	assert_true(fs_exists("precious/a"));
	assert_true(fs_exists("b"));
	json *manifest = read_manifest("out/job/01_asr");
	assert_int_equal(json_count(json_get(manifest, "warnings")), 3);
	json_free(manifest);
	/* the link itself may go */
	assert_int_equal(stageio_track_intermediate(io, "out/job/01_asr/link", 0, NULL, NULL, 0),
		STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_OK);
	assert_false(fs_exists("out/job/01_asr/link"));
	assert_true(fs_exists("precious/a"));
	stageio_close(io);
}

static void paths_are_relative_to_where_the_stage_was_opened(void **state)
{
	stageio *io;
	char want[512];

	make_dir("in");
	make_dir("elsewhere");
	write_text("in/a", "a");
	io = open_stage("asr");
	assert_int_equal(chdir("in"), 0);
	assert_int_equal(stageio_track_input(io, "a", "x", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_track_input(io, "/etc/passwd", "x", NULL, 0), STAGEIO_OK);
	json *manifest = read_manifest("../out/job/01_asr");
	const json *first = json_first(json_get(manifest, "inputs"));
	assert_member(first, "path", "in/a");
	assert_member(json_next(first), "path", "/etc/passwd");
	json_free(manifest);
	stageio_close(io);
	/* a job elsewhere has no root: all is absolute */
	assert_int_equal(chdir("../elsewhere"), 0);
	write_text("b", "b");
	assert_int_equal(stageio_open(&io, "asr", "../out/job", 0), STAGEIO_OK);
	assert_int_equal(stageio_track_input(io, "b", "x", NULL, 0), STAGEIO_OK);
	manifest = read_manifest("../out/job/01_asr");
	snprintf(want, sizeof want, "%s/elsewhere/b", (char *)*state);
	assert_member(json_first(json_get(manifest, "inputs")), "path", want);
	json_free(manifest);
	stageio_close(io);
}

static void resuming_goes_on_and_begins_anew_after_an_end(void **state)
{
	stageio *io;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(stageio_open(&io, "asr", "out/job", STAGEIO_RESUME), STAGEIO_OK);
		assert_int_equal(stageio_log(io, STAGEIO_INFO, "line"), STAGEIO_OK);
		assert_int_equal(stageio_add_warning(io, "w"), STAGEIO_OK);
		assert_int_equal(stageio_close(io), STAGEIO_OK);
	}
	json *manifest = read_manifest("out/job/01_asr");
	assert_int_equal(json_count(json_get(manifest, "warnings")), 3);
	json_free(manifest);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stageio_open(&io, "asr", "out/job", STAGEIO_RESUME), STAGEIO_OK);
		assert_int_equal(
			stageio_finalize(io, STAGEIO_FAILED + (enum stageio_status)i, NULL, 0),
			STAGEIO_OK);
		assert_int_equal(stageio_log(io, STAGEIO_INFO, "after the end"), STAGEIO_OK);
		assert_int_equal(stageio_close(io), STAGEIO_OK);
	}
	manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "skipped");
	assert_int_equal(json_count(json_get(manifest, "warnings")), 3);
	json_free(manifest);
	assert_int_equal(stageio_open(&io, "asr", "out/job", STAGEIO_RESUME), STAGEIO_OK);
	assert_int_equal(stageio_add_warning(io, "w"), STAGEIO_OK);
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_member(manifest, "status", "running");
	assert_int_equal(json_count(json_get(manifest, "warnings")), 1);
	json_free(manifest);
	/* a damaged one, and a runner's, begin anew, too */
	write_text("out/job/01_asr/manifest.json", "{\"schema\": \"restage.manif");
	assert_int_equal(stageio_open(&io, "asr", "out/job", STAGEIO_RESUME), STAGEIO_OK);
	assert_int_equal(stageio_add_warning(io, "w"), STAGEIO_OK);
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	json_free(read_manifest("out/job/01_asr"));
}

static void without_a_manifest_there_are_paths_and_logs(void **state)
{
	stageio *io;
	char *path = (char *)state;

	assert_int_equal(stageio_open(&io, "asr", "out/job", STAGEIO_NO_MANIFEST), STAGEIO_OK);
	assert_int_equal(stageio_get_output_path(&path, io, "x"), STAGEIO_OK);
	stageio_free(path);
	assert_int_equal(stageio_track_output(io, "x", "text", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_log(io, STAGEIO_INFO, "hello"), STAGEIO_OK);
	assert_int_equal(stageio_add_warning(io, "odd"), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	assert_false(fs_exists("out/job/01_asr/manifest.json"));
	char *log = read_text("out/job/01_asr/stage.log");
	assert_non_null(strstr(log, "[asr] [INFO] hello\n"));
	assert_non_null(strstr(log, "[asr] [WARNING] odd\n"));
	free(log);
}

static void logs_go_to_the_newest_pipeline_log(void **state)
{
	stageio *io;

	(void)state;
	make_dir("out/job/logs");
	write_text("out/job/logs/99_pipeline_20251127_140915.log", "old\n");
	write_text("out/job/logs/99_pipeline_20251128_000000.log", "new\n");
	write_text("out/job/logs/99_pipeline_x.txt", "");
	io = open_stage("asr");
	assert_int_equal(stageio_log(io, STAGEIO_DEBUG, "detail"), STAGEIO_OK);
	assert_int_equal(stageio_log(io, STAGEIO_INFO, "told"), STAGEIO_OK);
	assert_int_equal(stageio_set_level(io, STAGEIO_WARNING), STAGEIO_OK);
	assert_int_equal(stageio_log(io, STAGEIO_INFO, "dropped"), STAGEIO_OK);
	stageio_close(io);
	char *text = read_text("out/job/logs/99_pipeline_20251128_000000.log");
	assert_int_equal(strncmp(text, "new\n[", 5), 0);
	assert_non_null(strstr(text, "[asr] [INFO] told\n"));
	assert_null(strstr(text, "detail"));
	free(text);
	text = read_text("out/job/01_asr/stage.log");
	assert_non_null(strstr(text, "[asr] [DEBUG] detail\n"));
	assert_null(strstr(text, "dropped"));
	free(text);
	/* another attempt begins with an empty stage.log */
	stageio_close(open_stage("asr"));
	text = read_text("out/job/01_asr/stage.log");
	assert_string_equal(text, "");
	free(text);
}

static void a_report_over_the_limit_sends_nothing(void **state)
{
	stageio *io;
	char *text = malloc(STAGEIO_LINE_MAX + 1);
	const size_t around =
		strlen("{\"event\": \"progress\", \"fraction\": 0, \"message\": \"\"}\n");

	(void)state;
	under_runner();
	assert_int_equal(stageio_open(&io, NULL, NULL, 0), STAGEIO_OK);
	memset(text, 'x', STAGEIO_LINE_MAX);
	text[STAGEIO_LINE_MAX] = '\0';
	assert_int_equal(stageio_add_warning(io, text), STAGEIO_ETOOLONG);
	text[STAGEIO_LINE_MAX - around] = '\0'; /* as long as may be */
	assert_int_equal(stageio_progress(io, 0, text), STAGEIO_OK);
	text[STAGEIO_LINE_MAX - around] = 'x';
	text[STAGEIO_LINE_MAX - around + 1] = '\0';
	assert_int_equal(stageio_progress(io, 0, text), STAGEIO_ETOOLONG);
	free(text);
	text = read_text("events");
	assert_int_equal(strlen(text), STAGEIO_LINE_MAX);
	free(text);
	stageio_close(io);
}

static void a_runner_decides_what_stage_it_is(void **state)
{
	stageio *io;
	char *path = (char *)state;

	under_runner();
	assert_int_equal(stageio_open(&io, "other", "elsewhere", STAGEIO_NO_MANIFEST), STAGEIO_OK);
	assert_int_equal(stageio_get_output_path(&path, io, "x"), STAGEIO_OK);
	assert_non_null(strstr(path, "/out/job/04_asr/work/x"));
	stageio_free(path);
	assert_int_equal(stageio_track_input(io, "x", "y", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_FAILED, NULL, 0), STAGEIO_OK);
	stageio_close(io);
	char *text = read_text("events");
	assert_string_equal(
		text, "{\"event\": \"finalize\", \"status\": \"failed\", \"fields\": {}}\n");
	free(text);
	assert_false(fs_exists("elsewhere"));
}

static void outputs_are_looked_for_where_they_go_first(void **state)
{
	stageio *io;

	(void)state;
	under_runner();
	write_text("both", "stale");
	write_text("here", "x");
	write_text("out/job/04_asr/work/both", "x");
	assert_int_equal(stageio_open(&io, NULL, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_track_output(io, "both", "x", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_track_output(io, "here", "x", NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_track_output(io, "later", "x", NULL, 0), STAGEIO_OK);
	stageio_close(io);
	char *text = read_text("events");
	assert_non_null(strstr(text, "\"path\": \"both\""));
	assert_non_null(strstr(text, "/here\""));
	assert_non_null(strstr(text, "\"path\": \"later\""));
	free(text);
}

static void an_events_file_that_cannot_be_written_is_an_error(void **state)
{
	stageio *io = (stageio *)state;

	under_runner();
	setenv("STAGEIO_EVENTS", "gone/events", 1);
	assert_int_equal(stageio_open(&io, NULL, NULL, 0), STAGEIO_ESYSTEM);
	assert_null(io);
	assert_non_null(strstr(stageio_error_detail(), "gone/events"));
	setenv("STAGEIO_EVENTS", "/dev/full", 1);
	assert_int_equal(stageio_open(&io, NULL, NULL, 0), STAGEIO_OK);
	assert_int_equal(stageio_add_warning(io, "x"), STAGEIO_ESYSTEM);
	stageio_close(io);
}

static void costs_in_two_currencies_have_no_sum(void **state)
{
	stageio *io = open_stage("asr");

	(void)state;
	assert_int_equal(stageio_cost(io, 0.1, "USD", "a", 0, NULL), STAGEIO_OK);
	assert_int_equal(stageio_cost(io, 0.2, "USD", "b", 0, NULL), STAGEIO_OK);
	json *manifest = read_manifest("out/job/01_asr");
	assert_float_equal(json_get_num(json_get(manifest, "resources"), "cost", 0), 0.3, 0);
	json_free(manifest);
	assert_int_equal(stageio_cost(io, 1, "EUR", "c", 0, NULL), STAGEIO_OK);
	manifest = read_manifest("out/job/01_asr");
	assert_null(json_get(json_get(manifest, "resources"), "cost"));
	assert_null(json_get(json_get(manifest, "resources"), "currency"));
	assert_int_equal(json_count(json_get(json_get(manifest, "resources"), "costs")), 3);
	json_free(manifest);
	stageio_close(io);
}

static void numbers_have_a_point_in_every_locale(void **state)
{
	char *text;

	(void)state;
	if (system("localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >localedef.log 2>&1") != 0)
		skip(); /* Debian has what it needs in the package locales */
	setenv("LOCPATH", ".", 1);
	assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
	stageio *io = open_stage("asr");
	assert_int_equal(stageio_resource(io, STAGEIO_FIELDS(STAGEIO_NUM("a", 0.1),
						      STAGEIO_JSON("b", "[1.5, 2.5e-7]"))),
		STAGEIO_OK);
	assert_int_equal(stageio_cost(io, 0.25, "EUR", "x", 0, NULL), STAGEIO_OK);
	assert_int_equal(stageio_finalize(io, STAGEIO_SUCCESS, NULL, 0), STAGEIO_OK);
	stageio_close(io);
	setlocale(LC_ALL, "C");
	unsetenv("LOCPATH");
	text = read_text("out/job/01_asr/manifest.json");
	assert_non_null(strstr(text, "\"a\": 0.1,"));
	assert_non_null(strstr(text, " 1.5,"));
	assert_non_null(strstr(text, " 2.5e-07"));
	assert_non_null(strstr(text, "\"cost\": 0.25,"));
	free(text);
	json *manifest = read_manifest("out/job/01_asr");
	assert_true(json_get_num(manifest, "duration_seconds", 0) > 0);
	json_free(manifest);
}

struct work {
	stageio *io;
	int number;
	bool is_good;
};

static void *work(void *argument)
{
	struct work *work = argument;
	char name[32], *path;

	work->is_good = true;
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "t%d/%d", work->number, i);
		bool is_good = stageio_get_output_path(&path, work->io, name) == STAGEIO_OK &&
			       stageio_track_output(work->io, path, "text",
				       STAGEIO_FIELDS(STAGEIO_INT("i", i))) == STAGEIO_OK &&
			       stageio_logf(work->io, STAGEIO_INFO, "%s", name) == STAGEIO_OK &&
			       stageio_track_output(work->io, path, "text",
				       STAGEIO_FIELDS(STAGEIO_INT("", i))) == STAGEIO_EINVAL &&
			       strstr(stageio_error_detail(), "no name");
		stageio_free(path);
		work->is_good = work->is_good && is_good;
	}
	return NULL;
}

static void a_handle_serves_many_threads(void **state)
{
	stageio *io = open_stage("asr");
	struct work jobs[4];
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct work){.io = io, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_true(jobs[i].is_good);
	}
	assert_int_equal(stageio_close(io), STAGEIO_OK);
	json *manifest = read_manifest("out/job/01_asr");
	assert_int_equal(json_count(json_get(manifest, "outputs")), 200);
	json_free(manifest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(open_needs_a_stage_and_a_job),
		TEST(stage_names_that_lead_elsewhere_are_refused),
		TEST(a_new_stage_gets_the_number_after_the_highest),
		TEST(a_stage_is_running_until_it_is_finalized),
		TEST(closing_keeps_what_was_reported),
		TEST(inputs_are_found_in_earlier_stages),
		TEST(outputs_stay_in_the_stage),
		TEST(fields_that_cannot_be_are_refused_as_a_whole),
		TEST(fields_with_names_of_the_manifest_are_kept_apart),
		TEST(phases_end_with_the_next_one_and_with_the_stage),
		TEST(arguments_that_cannot_be_are_refused),
		TEST(a_success_without_its_output_is_a_failure),
		TEST(a_skipped_stage_has_a_reason),
		TEST(intermediates_are_removed_after_success_only),
		TEST(nothing_outside_the_stage_is_removed),
		TEST(paths_are_relative_to_where_the_stage_was_opened),
		TEST(resuming_goes_on_and_begins_anew_after_an_end),
		TEST(without_a_manifest_there_are_paths_and_logs),
		TEST(logs_go_to_the_newest_pipeline_log),
		TEST(a_report_over_the_limit_sends_nothing),
		TEST(a_runner_decides_what_stage_it_is),
		TEST(outputs_are_looked_for_where_they_go_first),
		TEST(an_events_file_that_cannot_be_written_is_an_error),
		TEST(costs_in_two_currencies_have_no_sum),
		TEST(numbers_have_a_point_in_every_locale),
		TEST(a_handle_serves_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

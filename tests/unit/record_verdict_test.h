/* What the tests of judging share: they ask about stages whose past was written by hand. */
#ifndef RECORD_VERDICT_TEST_H
#define RECORD_VERDICT_TEST_H

#include "record/index/index.h"
#include "record/judge/judge.h"
#include "record/judge/lent.h"
#include "record/judge/recorded.h"
#include "record_past.h"

/* --- what asks the judge: all that knows its calls */

struct asked {
	const char *const *versions; /* what version commands say now; NULL: they are not asked */
	const char *ran;             /* a stage that ran in this run, or NULL */
	bool is_forced, is_interrupted;
};

static struct verdict verdict;
static char messages[1 << 16]; /* of the last answer, a line each */
static char files_read[4096];  /* those whose content it read, ' ' behind each */

static inline void note_read(const struct stamps *stamps, const struct judge_files *files)
{
	size_t len = 0;

	for (size_t i = 0; i < files->content_count && len < sizeof files_read; i++)
		len += (size_t)snprintf(files_read + len, sizeof files_read - len, "%s ",
			stamps_path(stamps, files->content[i]));
}

/* The index, which holds of a record what judging needs, must say the same as the record. */
static inline void judge_by_index(const struct judge *judge, uint32_t stage,
	const struct record *record, const struct record_key_set *key, bool is_same)
{
	struct recorded recorded = {0};
	const struct recorded_success success = {
		.files = record->success.files,
		.file_count = record->success.file_count,
		.key = key_all(&record->success.key),
		.is_skip = record->status == RECORD_SKIPPED,
	};

	recorded_begin(&recorded, graph, NULL);
	recorded_set(&recorded, judge->stamps, stage, &success);
	recorded_compact(&recorded);
	const struct index index = {
		.graph = graph,
		.stages = recorded.stages,
		.versions = recorded.versions,
		.uses = recorded.uses,
	};
	const struct basis basis = {.index = &index};
	/* Other inputs than those of now are nothing for the index. */
	if (recorded.stages[stage].flags & INDEX_STAGE_RECORDED)
		assert_int_equal(judge_is_same(judge, stage, &basis, key), is_same);
	else
		assert_false(is_same);
	recorded_free(&recorded);
}

static inline bool is_that_stage(const void *ctx, uint32_t stage)
{
	return *(const uint32_t *)ctx == stage;
}

static inline void ask_judge(const char *name, struct asked asked)
{
	struct err err = {0};
	struct record record;
	struct record_key_set key;
	struct judge_files files;
	uint32_t stage = stage_id(name);
	struct workers *workers = workers_new(1, &err);
	uint32_t ran = asked.ran ? stage_id(asked.ran) : NONE;
	struct judge judge = {
		.graph = graph,
		.stamps = stamps_new(graph, workers),
		.has_run = is_that_stage,
		.ctx = &ran,
		.version_outputs = asked.versions,
		.arena = &arena,
	};

	assert_int_equal(
		record_load(&arena, graph, stage, text_of(graph->stages[stage].dir), &record, &err),
		0);
	const struct basis basis = {.record = &record};
	lent_look(&arena, graph, judge.stamps, stage);
	judge_files(&judge, stage, &basis, &files);
	note_read(judge.stamps, &files);
	judge_now(&judge, stage, &record, asked.is_forced, asked.is_interrupted, &key, &verdict);
	if (record.success.is_known && !asked.is_forced && !asked.is_interrupted &&
		!(graph->stages[stage].flags & STAGE_DISABLED)) {
		assert_int_equal(judge_is_same(&judge, stage, &basis, &key), verdict.is_fresh);
		if (!record_is_failed(&record)) /* that is never in an index */
			judge_by_index(&judge, stage, &record, &key, verdict.is_fresh);
	}
	stamps_free(judge.stamps);
	workers_free(workers);
}

/* "code about; code about", "" for a stage that is up to date. */
static inline const char *judge_with(const char *stage, struct asked asked)
{
	struct buf out = {0};
	size_t len = 0;
	const char *text;

	files_read[0] = messages[0] = '\0';
	ask_judge(stage, asked);
	assert_int_equal(verdict.is_fresh, verdict.reason_count == 0);
	for (uint32_t i = 0; i < verdict.reason_count; i++) {
		const struct reason *reason = &verdict.reasons[i];

		buf_fmt(&out, "%s%s%s%s", i ? "; " : "", reason_name(reason->code),
			reason->about ? " " : "", reason->about ? reason->about : "");
		if (len < sizeof messages)
			len += (size_t)snprintf(messages + len, sizeof messages - len, "%s%s",
				i ? "\n" : "", reason->message);
	}
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static inline const char *judge_stage(const char *stage)
{
	return judge_with(stage, (struct asked){0});
}

/* --- the tests' own words */

static inline void assert_up_to_date(const char *stage)
{
	assert_string_equal(judge_stage(stage), "");
}

/* Why the stage runs, and the sentences that say so. */
static inline void assert_runs(const char *stage, const char *reasons, const char *sentences)
{
	assert_string_equal(judge_stage(stage), reasons);
	assert_string_equal(messages, sentences);
}

#define COPY "[stage:a]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = in\noutput.o = o\n"

/* One stage that copies `in`, and did. */
static inline void copied(const char *more)
{
	write_file("in", "one");
	load_good(arena_fmt(&arena, COPY "%s", more));
	write_file("out/p/01_a/o", "one");
	succeeded("a");
}

/* The same pipeline with another text of the stage. */
static inline void becomes(const char *text)
{
	load_good(text);
}

#endif

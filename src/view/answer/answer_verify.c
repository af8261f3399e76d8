/* restage.verify/1
 *
 *	pipeline, job, job_dir   strings
 *	stages, files, bytes     how much was looked at
 *	seconds
 *	differs    true if the exit code is 4: there is a finding of another kind than "no_record" and
 *	           "no_checksum"
 *	findings   {"kind": "missing" | "changed" | "untracked" | "unreadable" | "no_record" |
 *	           "no_checksum" | "orphan" | "invalid" | "practice", "stage": name or null, "path": string or null, "role": "input" |
 *	           "output" | "intermediate" | null, "recorded", "found": checksums or null, "message": string or null} */
#include "view/answer/answer.h"

#include "base/buf.h"
#include "base/text.h"
#include "run/ask/verify.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

static const struct {
	const char *name, *text;
	enum style_tone tone;
} kinds[VERIFY_KIND_COUNT] = {
	[VERIFY_MISSING] = {"missing", "missing", TONE_BAD},
	[VERIFY_CHANGED] = {"changed", "changed", TONE_BAD},
	[VERIFY_UNTRACKED] = {"untracked", "untracked", TONE_WARN},
	[VERIFY_UNREADABLE] = {"unreadable", "unreadable", TONE_BAD},
	[VERIFY_NO_RECORD] = {"no_record", "never succeeded", TONE_FAINT},
	[VERIFY_NO_SUM] = {"no_checksum", "unverified", TONE_WARN},
	[VERIFY_ORPHAN] = {"orphan", "orphan", TONE_WARN},
	[VERIFY_INVALID] = {"invalid", "invalid", TONE_BAD},
	[VERIFY_PRACTICE] = {"practice", "practice", TONE_WARN},
};

/* Is it about a recorded file? */
static bool has_role(enum verify_kind kind)
{
	return kind == VERIFY_MISSING || kind == VERIFY_CHANGED || kind == VERIFY_NO_SUM;
}

static void add_finding(struct buf *out, const struct verify_report *report,
	const struct verify_finding *finding, bool color)
{
	const char *stage =
		finding->stage == NONE ? NULL : stage_name(report->graph, finding->stage);

	style_add(out, color, kinds[finding->kind].tone, kinds[finding->kind].text);
	buf_str(out, ": ");
	style_text(out, finding->path ? finding->path : stage ? stage : "");
	if (has_role(finding->kind) && stage) {
		buf_fmt(out, " (%s of ", json_role(finding->role));
		style_text(out, stage);
		buf_char(out, ')');
	}
	if (finding->text && *finding->text) {
		bool is_line = finding->kind == VERIFY_UNTRACKED && stage;

		buf_str(out, is_line ? "; to track it: " : ": ");
		style_text(out, finding->text);
	}
	buf_char(out, '\n');
}

void verify_text(struct buf *out, const struct verify_report *report, bool color)
{
	uint32_t counts[VERIFY_KIND_COUNT] = {0};
	const char *comma = ": ";

	for (uint32_t i = 0; i < report->finding_count; i++) {
		add_finding(out, report, &report->findings[i], color);
		counts[report->findings[i].kind]++;
	}
	outcome_plural(out, report->stage_count, "stage");
	buf_str(out, ", ");
	outcome_plural(out, report->file_count, "file");
	buf_str(out, " (");
	text_add_size(out, (double)report->bytes);
	buf_str(out, ", ");
	text_add_duration(out, report->seconds);
	buf_char(out, ')');
	for (int kind = 0; kind < VERIFY_KIND_COUNT; kind++) {
		if (!counts[kind])
			continue;
		buf_fmt(out, "%s%u %s", comma, counts[kind], kinds[kind].text);
		comma = ", ";
	}
	buf_str(out, report->finding_count ? "\n" : ": all as recorded\n");
}

static void write_finding(
	struct json_writer *w, const struct graph *graph, const struct verify_finding *finding)
{
	json_write_object(w, NULL);
	json_write_str(w, "kind", kinds[finding->kind].name);
	json_write_name(
		w, "stage", finding->stage == NONE ? NULL : stage_name(graph, finding->stage));
	json_write_name(w, "path", finding->path);
	json_write_str(w, "role", has_role(finding->kind) ? json_role(finding->role) : NULL);
	json_doc_digest(w, "recorded", &finding->recorded);
	json_doc_digest(w, "found", &finding->found);
	json_write_name(w, "message", finding->text);
	json_write_end(w);
}

void json_verify(struct buf *out, const struct verify_report *report)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.verify/1");
	json_doc_job(&w, report->graph);
	json_write_num(&w, "stages", report->stage_count);
	json_write_num(&w, "files", report->file_count);
	json_write_num(&w, "bytes", (double)report->bytes);
	json_write_num(&w, "seconds", report->seconds);
	json_write_bool(&w, "differs", verify_differs(report));
	json_write_rows(&w, "findings");
	for (uint32_t i = 0; i < report->finding_count; i++)
		write_finding(&w, report->graph, &report->findings[i]);
	json_write_end(&w);
	json_write_finish(&w);
}

#include "base/buf.h"
#include "base/text.h"
#include "view/answer/json_doc.h"
#include "view/answer/verify_report.h"
#include "view/words/outcome.h"
#include "view/words/style.h"

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
};

const char *verify_kind_name(enum verify_kind kind)
{
	return kinds[kind].name;
}

bool verify_kind_has_role(enum verify_kind kind)
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
	if (verify_kind_has_role(finding->kind) && stage) {
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

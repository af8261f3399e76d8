/* {"schema": "restage.check/1", "errors": 1, "warnings": 0, "diagnostics": [{"file", "line",
 * "severity": "error" or "warning", "message", "section", "stage", "key"}]}: sorted as the text is.
 * file: as it was named; line: from 1, null for a whole file; section: in which the line stands
 * ("stage:mix"), stage: its name if it is one's, key: of the line ("input.a"). */
#include <stdlib.h>

#include "base/diag.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/load/definition_places.h"
#include "view/answer/answer.h"

static const char *stage_of(const char *section)
{
	if (!section || !text_starts(section, "stage:"))
		return NULL;
	section += sizeof "stage:" - 1;
	while (*section == ' ' || *section == '\t')
		section++;
	return section;
}

static void write_diag(
	struct json_writer *w, const struct diag *diag, const struct definition_places *places)
{
	const char *section, *key;

	places_find(places, diag->file, diag->line, &section, &key);
	json_write_object(w, NULL);
	json_write_name(w, "file", *diag->file ? diag->file : NULL);
	if (diag->line)
		json_write_num(w, "line", diag->line);
	else
		json_write_null(w, "line");
	json_write_str(w, "severity", diag->is_warning ? "warning" : "error");
	json_write_str(w, "message", diag->text);
	json_write_str(w, "section", section);
	json_write_str(w, "stage", stage_of(section));
	json_write_str(w, "key", key);
	json_write_end(w);
}

void json_diags(struct buf *out, const struct diags *diags, const struct definition_places *places)
{
	const struct diag **sorted MEM_LOCAL = diag_sorted(diags);
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.check/1");
	json_write_num(&w, "errors", (double)diags->error_count);
	json_write_num(&w, "warnings", (double)(diags->count - diags->error_count));
	json_write_rows(&w, "diagnostics");
	for (size_t i = 0; i < diags->count; i++)
		write_diag(&w, sorted[i], places);
	json_write_end(&w);
	json_write_finish(&w);
}

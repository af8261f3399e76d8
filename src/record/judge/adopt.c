/* Directories as an older restage recorded them, or this one when nothing was left out of them. */
#include "base/text.h"
#include "record/judge/judge.h"
#include "record/manifest/key.h"
#include "record/stamp/stamp.h"

/* The input as the stage reads it now, if it has the same place in the list as then. */
static uint32_t input_at(
	const struct graph *graph, uint32_t stage, uint32_t place, const struct record_file *file)
{
	const struct stage *s = &graph->stages[stage];
	uint32_t id = place < s->input_count ? graph->uses[s->first_use + place].file : NONE;

	return id != NONE && text_eq(file_path(graph, id), file->path) ? id : NONE;
}

/* Is what lies in the directory the same, by what was counted then? */
static bool was_same_tree(
	struct stamps *stamps, uint32_t id, const struct record_file *file, uint32_t format)
{
	const char *exclude = stamps_exclude(stamps, id);

	if (format == 1 && stamps_was_plain(stamps, id, &file->sum))
		return true;
	/* If nothing has changed with what is left out now, nothing of what counts has. */
	if (!exclude || file->exclude)
		return false;
	uint32_t all = stamps_id_excluding(stamps, file->path, NULL);
	stamps_look(stamps, &all, 1, true);
	const struct stamp *now = stamps_get(stamps, all);
	return now->state == STAMP_HASHED && digest_eq(&now->sum, &file->sum);
}

void judge_adopt_trees(const struct graph *graph, uint32_t stage, struct stamps *stamps,
	const struct record *record)
{
	const struct record_success *success = &record->success;

	for (uint32_t i = 0; i < success->file_count; i++) {
		/* the record's own, in an arena */
		struct record_file *file = (struct record_file *)(uintptr_t)&success->files[i];
		uint32_t id = file->role == ROLE_INPUT ? input_at(graph, stage, i, file) : NONE;
		if (id == NONE && success->format != KEY_FORMAT)
			id = stamps_id(stamps, file->path);
		if (id == NONE || !track_reads(file->track) ||
			(file->flags & (RECORD_FILE_MISSING | RECORD_FILE_NO_SUM)))
			continue;
		stamps_look(stamps, &id, 1, false);
		const struct stamp *now = stamps_get(stamps, id);
		if (now->stat.type != 'd')
			continue;
		stamps_look(stamps, &id, 1, true);
		now = stamps_get(stamps, id);
		if (now->state == STAMP_HASHED && !digest_eq(&now->sum, &file->sum) &&
			was_same_tree(stamps, id, file, success->format)) {
			file->sum = stamps_get(stamps, id)->sum;
			file->exclude = stamps_exclude(stamps, id);
		}
	}
}

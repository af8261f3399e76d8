#include "record/cache/cache_now.h"

#include "base/buf.h"
#include "model/graph/graph.h"
#include "record/cache/entry.h"
#include "record/judge/absent.h"
#include "record/stamp/stamp.h"

static char kind_of(const struct stamp *stamp)
{
	if (stamp->stat.type == 0)
		return '0';
	return stamp->stat.type == 'f' && stamp->stat.is_executable ? 'x' : stamp->stat.type;
}

bool cache_now_input(const struct graph *graph, struct stamps *stamps, uint32_t stage, uint32_t use,
	struct cache_key_input *out)
{
	const struct stamp *stamp = absent_stamp(graph, stamps, stage, use);
	uint32_t id = graph->uses[use].file;
	struct stamp_name name;

	*out = (struct cache_key_input){.kind = kind_of(stamp)};
	if (stamp->stat.type == 0 && stamp->state == STAMP_HASHED)
		return true;
	if (stamp->stat.type != 'f' && stamp->stat.type != 'd')
		return false;
	if (!stamps_is_spent(stamps, id))
		return stamps_content(stamps, id, &out->content);
	if (!stamps_spent_name(stamps, id, &name))
		return false;
	if (name.type == 'd')
		out->kind = 'd';
	out->content = name.is;
	return true;
}

enum cache_fit cache_now_fits(struct stage_finder *finder, struct stamps *stamps,
	const struct entry_input *input, uint32_t *id)
{
	struct buf path BUF_LOCAL = {0};
	struct content content;

	if (!cache_key_path(finder, input->path, &path))
		return CACHE_FITS_NOT;
	*id = stamps_id(stamps, buf_text(&path));
	stamps_look(stamps, id, 1, false);
	const struct stamp *stamp = stamps_get(stamps, *id);
	char kind = kind_of(stamp);
	if (kind != input->path[0])
		return CACHE_FITS_NOT;
	if (kind == '0')
		return input->content.size == ENTRY_ABSENT ? CACHE_FITS : CACHE_FITS_NOT;
	/* most are told apart by their size */
	if (kind != 'd' && stamp->stat.size != input->content.size)
		return CACHE_FITS_NOT;
	if (!stamps_content(stamps, *id, &content))
		return CACHE_FITS_PERHAPS;
	return content_eq(&content, &input->content) ? CACHE_FITS : CACHE_FITS_NOT;
}

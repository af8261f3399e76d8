#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "view/words/words.h"

uint32_t queued_add(struct queued *queued, const char *why, const char *name)
{
	uint32_t at = 0;

	while (at < queued->count && !text_eq(queued->items[at].why, why))
		at++;
	if (at == queued->count) {
		MEM_ROOM(queued->items, queued->count, queued->cap);
		queued->items[queued->count++] =
			(struct queued_for){.why = why ? mem_strdup(why) : NULL};
	}
	queued->items[at].name = name;
	queued->items[at].count++;
	queued->total++;
	return at;
}

void queued_remove(struct queued *queued, uint32_t place)
{
	queued->items[place].name = NULL; /* it may be another that is left */
	queued->items[place].count--;
	queued->total--;
}

void queued_text(const struct queued *queued, struct buf *out)
{
	const char *before = "";

	for (uint32_t i = 0; i < queued->count; i++) {
		const struct queued_for *item = &queued->items[i];
		if (!item->count)
			continue;
		buf_str(out, before);
		before = ", ";
		if (item->count == 1 && item->name)
			style_text(out, item->name);
		else
			text_add_count(out, item->count);
		if (!item->why)
			continue;
		buf_str(out, " (");
		style_text(out, item->why);
		buf_char(out, ')');
	}
}

void queued_free(struct queued *queued)
{
	for (uint32_t i = 0; i < queued->count; i++)
		free(queued->items[i].why);
	free(queued->items);
	*queued = (struct queued){0};
}

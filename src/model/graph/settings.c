#include "model/graph/settings.h"

#include <stddef.h>
#include <string.h>

#include "model/graph/graph.h"

#define ROW(id, text, of, member, ...) \
	[SETTING_##id] = {.key = text, \
		.kind = SETTING_IS_##of, \
		.offset = offsetof(struct settings, member), \
		__VA_ARGS__},

const struct setting settings_table[SETTING_TOTAL] = {SETTINGS(ROW)};

static void *member(const struct settings *settings, const struct setting *row)
{
	return (char *)(uintptr_t)settings + row->offset;
}

uint64_t *setting_values(const struct settings *settings, const struct setting *row)
{
	return member(settings, row);
}

struct span *setting_words(const struct settings *settings, const struct setting *row)
{
	return member(settings, row);
}

uint64_t setting_value(const struct settings *settings, const struct setting *row)
{
	const void *at = member(settings, row);

	uint32_t count = 0;

	switch (row->kind) {
	case SETTING_IS_DURATION:
	case SETTING_IS_DURATIONS:
	case SETTING_IS_SIZES:
		return *(const uint64_t *)at;
	case SETTING_IS_POOLS:
		while (count < POOLS_MAX && settings->pools[count].count)
			count++;
		return count;
	case SETTING_IS_FLAG:
		return (settings->flags & row->flag) != 0;
	case SETTING_IS_WORDS:
	case SETTING_IS_VARIABLES:
		return ((const struct span *)at)->count;
	case SETTING_IS_TEXT:
	case SETTING_IS_PLACE:
	case SETTING_IS_COUNT:
		break;
	}
	return *(const uint32_t *)at;
}

static bool is_by_attempt(const struct setting *row)
{
	return row->kind == SETTING_IS_DURATIONS || row->kind == SETTING_IS_SIZES;
}

uint32_t setting_given(const struct settings *settings, const struct setting *row)
{
	const uint64_t *values = member(settings, row);
	uint32_t count = ATTEMPT_VALUES;

	while (count > 1 && values[count - 2] == values[count - 1])
		count--;
	return count;
}

void setting_put(struct settings *settings, const struct setting *row, uint64_t value)
{
	void *at = member(settings, row);

	for (uint32_t i = 0; is_by_attempt(row) && i < ATTEMPT_VALUES; i++)
		((uint64_t *)at)[i] = value;
	if (is_by_attempt(row) || row->kind == SETTING_IS_POOLS)
		return; /* pools are none at first */
	if (row->kind == SETTING_IS_DURATION)
		*(uint64_t *)at = value;
	else if (row->kind == SETTING_IS_FLAG && value)
		settings->flags |= row->flag;
	else if (row->kind == SETTING_IS_FLAG)
		settings->flags &= (uint8_t)~row->flag;
	else
		*(uint32_t *)at = (uint32_t)value;
}

struct settings settings_default(void)
{
	struct settings settings = {0};

	for (int i = 0; i < SETTING_TOTAL; i++)
		setting_put(&settings, &settings_table[i], settings_table[i].initial);
	return settings;
}

static bool is_text(const struct setting *row)
{
	return row->kind == SETTING_IS_TEXT || row->kind == SETTING_IS_PLACE;
}

static bool has_words(const struct setting *row)
{
	return row->kind == SETTING_IS_WORDS || row->kind == SETTING_IS_VARIABLES;
}

static bool pools_fit(const struct graph *graph, const struct pool_claim *pools)
{
	for (uint32_t i = 0; i < POOLS_MAX && pools[i].count; i++) {
		if (pools[i].pool >= graph->pool_count)
			return false;
	}
	return true;
}

bool settings_same(const struct graph *graph, const struct settings *a, const struct settings *b)
{
	if (memcmp(a->pools, b->pools, sizeof a->pools) != 0)
		return false;
	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];
		uint64_t value = setting_value(a, row);
		if (value != setting_value(b, row))
			return false;
		if (is_by_attempt(row) && memcmp(member(a, row), member(b, row),
						  ATTEMPT_VALUES * sizeof(uint64_t)) != 0)
			return false;
		if (has_words(row) && value &&
			memcmp(graph->words + setting_words(a, row)->first,
				graph->words + setting_words(b, row)->first,
				value * sizeof *graph->words) != 0)
			return false;
	}
	return true;
}

bool settings_fit(const struct graph *graph, const struct settings *settings)
{
	for (int i = 0; i < SETTING_TOTAL; i++) {
		const struct setting *row = &settings_table[i];
		uint64_t value = setting_value(settings, row);
		if (is_text(row) && value >= graph->text_size)
			return false;
		if (row->kind == SETTING_IS_COUNT && value < row->least)
			return false;
		if (has_words(row) &&
			(setting_words(settings, row)->first > graph->word_count ||
				value > graph->word_count - setting_words(settings, row)->first))
			return false;
	}
	return pools_fit(graph, settings->pools);
}

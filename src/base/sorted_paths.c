#include "base/sorted_paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/order.h"

void sorted_paths_sort(struct sorted_paths *paths)
{
	uint32_t i = 1;

	/* Most definitions name files in that order. */
	while (i < paths->count && order_texts(&paths->at[i - 1], &paths->at[i]) <= 0)
		i++;
	if (i < paths->count)
		qsort(paths->at, paths->count, sizeof *paths->at, order_texts);
}

uint32_t sorted_paths_from(const struct sorted_paths *paths, const char *text)
{
	uint32_t low = 0, high = paths->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (strcmp(paths->at[middle].path, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What an attempt made, read for its digests. */
#include <errno.h>
#include <stdlib.h>

#include "base/listing.h"
#include "base/listing_content.h"
#include "base/mem.h"
#include "record/stamp/trees.h"
#include "run/attempt/made.h"
#include "run/attempt/named.h"
#include "run/engine/context.h"

/* What it was made of; the links are still as the stage made them. */
static int read_made(struct running *running, uint32_t index, struct named *named,
	struct listing *list, struct listing_contents *names, struct err *err)
{
	struct attempt_file *file = &running->attempt.files[index];
	const struct launch_made made = {
		.at = running->made_at[index],
		.path = file->path,
		.is_output = file->role == ROLE_OUTPUT,
	};

	if (!made.at)
		return 0;
	struct job_made *known = names ? NULL : away_made(running, made.at);
	if (known) {
		file->sum = known->sum;
		file->size = known->size;
		*list = known->listing;
		known->listing = (struct listing){0};
		return 0;
	}
	char type = running->made_type[index];
	if (names)
		listing_contents_begin(names);
	int status = made_read(&made, type, named, names ? &names->reader : NULL, &file->sum,
		&file->size, list, err);
	if (names && type == 'f' && status == 0)
		running->made_names[index] = content_watch_done(&names->watch);
	return status;
}

/* The digest of a directory: of its links as they will be. */
static int fold_made(
	int state_fd, struct attempt_file *file, const struct listing *list, struct err *err)
{
	if (!list->text.data)
		return 0;
	file->size = list->bytes;
	file->is_dir = true;
	file->files = (uint32_t)list->files;
	if (listing_digest(list, false, &file->sum) < 0)
		return err_sys(err, ENOMEM, "hash", file->path);
	trees_keep(state_fd, &file->sum, list);
	return 0;
}

int collect_hash(struct running *running, struct err *err)
{
	uint32_t first = running->first_made, count = running->attempt.file_count - first;
	struct listing *lists MEM_LOCAL = mem_alloc(((size_t)count + 1) * sizeof *lists);
	struct listing_contents *names MEM_LOCAL = NULL;
	struct named named = {0};
	int status = 0;

	if (running->wants_names && sha256_load(NULL) == 0) {
		names = mem_alloc(((size_t)count + 1) * sizeof *names);
		running->made_names =
			mem_grow(NULL, (size_t)first + count + 1, sizeof *running->made_names);
		for (uint32_t i = 0; i < first + count; i++)
			running->made_names[i].size = UINT64_MAX;
	}
	named_begin(&named, running->own_dir);
	for (uint32_t i = 0; status == 0 && i < count; i++)
		status = read_made(
			running, first + i, &named, &lists[i], names ? &names[i] : NULL, err);
	running->named = named_end(&named, &running->arena);
	if (!running->named && running->away && running->away->has_result)
		running->named = running->away->result.named;
	if (status == 0)
		status = relink_made(running, lists, true, err);
	for (uint32_t i = 0; status == 0 && i < count; i++)
		status = fold_made(
			running->state_fd, &running->attempt.files[first + i], &lists[i], err);
	for (uint32_t i = 0; i < count; i++) {
		if (names && lists[i].text.data)
			running->made_names[first + i] = listing_content(&lists[i], &names[i]);
		if (names)
			listing_contents_end(&names[i]);
		listing_free(&lists[i]);
	}
	return status;
}

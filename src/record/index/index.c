#include "record/index/index.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "model/graph/graph_io.h"
#include "record/index/index_part.h"

#define INDEX_MAGIC "restage index 14\n"
#define INDEX_MAX ((size_t)8 << 30)
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

struct head {
	char magic[16];
	uint32_t sizes[4];       /* of the elements: another build's layout is not ours */
	struct index_digests of; /* what follows the head, without records */
	struct digest request;
	char boot[40];
	uint32_t file_count, version_count, use_count, extra_size;
	uint64_t size; /* bytes, with the head, without records */
};

_Static_assert(sizeof(struct head) % GRAPH_ALIGN == 0, "the graph begins right behind it");

static void fill_head(struct head *head)
{
	memset(head, 0, sizeof *head);
	memcpy(head->magic, INDEX_MAGIC, sizeof head->magic);
	head->sizes[0] = sizeof(struct index_file);
	head->sizes[1] = sizeof(struct version);
	head->sizes[2] = sizeof(struct index_stage);
	head->sizes[3] = sizeof(struct index_source);
}

struct index_digests index_digest(
	const struct digest *before, const struct iovec *parts, size_t count)
{
	struct hasher *hasher = hasher_new();

	hasher_add(hasher, before, sizeof *before);
	for (size_t i = 0; i < count; i++)
		hasher_add(hasher, parts[i].iov_base, parts[i].iov_len);
	struct index_digests of = {.digest = hasher_done(hasher)};
	hasher_free(hasher);

	hasher = hasher_new();
	hasher_add(hasher, "seal", 4);
	hasher_add(hasher, &of.digest, sizeof of.digest);
	of.seal = hasher_done(hasher);
	hasher_free(hasher);
	return of;
}

/* Of what the head tells. */
static struct digest digest_head(const struct head *head)
{
	const size_t first = offsetof(struct head, request);

	return digest_bytes((const char *)head + first, sizeof *head - first);
}

static void read_boot(char boot[40])
{
	struct buf text BUF_LOCAL = {0};

	memset(boot, 0, 40);
	if (fs_read(BOOT_ID, 4096, &text, NULL) == 0 && text.len)
		memcpy(boot, text.data, text.len < 36 ? text.len : 36);
}

/* See the top of index.h. */
static void compare_boot(struct index *index)
{
	char now[40];

	read_boot(now);
	bool is_known = now[0] && index->boot[0];
	bool is_same = is_known && strcmp(now, index->boot) == 0;
	index->is_of_this_boot = is_same;
	index->is_of_earlier_boot = is_known && !is_same;
	if (is_same)
		return;
	for (uint32_t i = 0; i < index->file_count; i++) {
		if (!(index->files[i].flags & INDEX_FILE_DURABLE))
			index->files[i].flags = INDEX_FILE_KNOWN & index->files[i].flags;
	}
	for (uint32_t i = 0; i < index->graph->source_count; i++)
		index->sources[i].flags &= ~INDEX_FILE_SETTLED;
	for (uint32_t i = 0; i < index->graph->stage_count; i++)
		index->stages[i].flags &= ~INDEX_STAGE_RECORDED;
}

static bool check_files(const struct index *index)
{
	if (index->file_count < index->graph->file_count ||
		(index->extra_size && index->extra_text[index->extra_size - 1] != 0))
		return false;
	for (uint32_t i = index->graph->file_count; i < index->file_count; i++) {
		if (index->files[i].path >= index->extra_size)
			return false;
	}
	for (uint32_t i = 0; i < index->version_count; i++) {
		if (index->versions[i].file >= index->file_count)
			return false;
	}
	return true;
}

/* Only of a declared output there may be no version. */
static bool check_stage(const struct index *index, uint32_t stage)
{
	const struct stage *s = &index->graph->stages[stage];
	const struct index_stage *entry = &index->stages[stage];
	uint64_t output = (uint64_t)s->input_count + entry->further,
		 further = output + s->output_count;

	if (entry->first > index->use_count || entry->count > index->use_count - entry->first ||
		((entry->flags & INDEX_STAGE_RECORDED) && entry->count < further))
		return false;
	for (uint32_t i = 0; i < entry->count; i++) {
		uint32_t version = index->uses[entry->first + i];
		bool may_miss = i >= output && i < further;
		if (version >= index->version_count && !(version == NONE && may_miss))
			return false;
	}
	return true;
}

static bool check(const struct index *index)
{
	bool ok = check_files(index);

	for (uint32_t i = 0; i < index->graph->stage_count && ok; i++)
		ok = check_stage(index, i);
	return ok;
}

/* The block is the graph's if there is an index. */
static struct index *parse(char *block, size_t len)
{
	struct head head, ours;
	size_t pos = 0;
	const void *there = graph_read_array(block, len, &pos, 1, sizeof head);

	if (!there)
		return NULL;
	memcpy(&head, there, sizeof head);
	fill_head(&ours);
	if (memcmp(head.magic, ours.magic, sizeof head.magic) != 0 ||
		memcmp(head.sizes, ours.sizes, sizeof head.sizes) != 0 || head.size < sizeof head ||
		head.size > len)
		return NULL;
	size_t whole = (size_t)head.size;
	struct digest start = digest_head(&head);
	struct iovec rest = {.iov_base = block + sizeof head, .iov_len = whole - sizeof head};
	struct index_digests of = index_digest(&start, &rest, 1);
	if (!digest_eq(&of.digest, &head.of.digest) || !digest_eq(&of.seal, &head.of.seal))
		return NULL;
	struct index *index = mem_alloc(sizeof *index);
	struct graph *graph = index->graph = graph_read(block, whole, &pos);
	if (!graph)
		goto fail;
	index->file_count = head.file_count;
	index->version_count = head.version_count;
	index->use_count = head.use_count;
	index->extra_size = head.extra_size;
	index->request = head.request;
	memcpy(index->boot, head.boot, sizeof index->boot);
	index->boot[sizeof index->boot - 1] = 0;
#define ARRAY(count, member) \
	(index->member = graph_read_array(block, whole, &pos, count, sizeof *index->member))
	if (ARRAY(head.file_count, files) && ARRAY(head.version_count, versions) &&
		ARRAY(graph->stage_count, stages) && ARRAY(head.use_count, uses) &&
		ARRAY(graph->source_count, sources) && ARRAY(head.extra_size, extra_text) &&
		pos == whole) {
		index->last = head.of.digest;
		index->size = index->end = whole;
		index_take_records(index, block, len);
		if (check(index))
			return index;
	}
#undef ARRAY
	free(index->grown[0]);
	free(index->grown[1]);
	graph->block = NULL;
	free(graph);
fail:
	free(index);
	return NULL;
}

struct index *index_read(const char *path, const char **notice)
{
	struct buf file BUF_LOCAL = {0};
	struct index *index = NULL;

	*notice = NULL;
	/* Not mapped: a file that shrinks meanwhile would end the program. */
	if (fs_read(path, INDEX_MAX, &file, NULL) == 0) {
		size_t len = file.len;
		char *block = buf_steal(&file);
		index = parse(block, len);
		if (index) {
			/* the records are taken in */
			mem_drop(block + index->size, len - (size_t)index->size);
			compare_boot(index);
		} else {
			*notice = "the state index cannot be used (damaged, or of another "
				  "version): read anew from the manifests";
			free(block);
		}
	}
	return index;
}

int index_write(struct index *index, const char *path, struct err *err)
{
	const struct graph *graph = index->graph;
	struct graph_pieces pieces = {0};
	struct head head;

	fill_head(&head);
	head.request = index->request;
	head.file_count = index->file_count;
	head.version_count = index->version_count;
	head.use_count = index->use_count;
	head.extra_size = index->extra_size;
	read_boot(head.boot);
	graph_write_array(&pieces, &head, sizeof head);
	size_t first = pieces.count;
	graph_write(graph, &pieces);
	graph_write_array(&pieces, index->files, index->file_count * sizeof *index->files);
	graph_write_array(&pieces, index->versions, index->version_count * sizeof *index->versions);
	graph_write_array(&pieces, index->stages, graph->stage_count * sizeof *index->stages);
	graph_write_array(&pieces, index->uses, index->use_count * sizeof *index->uses);
	graph_write_array(&pieces, index->sources, graph->source_count * sizeof *index->sources);
	graph_write_array(&pieces, index->extra_text, index->extra_size);
	head.size = pieces.len;
	struct digest start = digest_head(&head);
	head.of = index_digest(&start, pieces.items + first, pieces.count - first);
	/* Values of the command line stand in it. */
	int status = fs_replace_parts(path, pieces.items, pieces.count, 0600, err);
	index->last = head.of.digest;
	index->size = index->end = pieces.len;
	index->is_of_this_boot = head.boot[0] != 0;
	index->is_torn = status < 0;
	graph_pieces_free(&pieces);
	return status;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	graph_free(index->graph);
	free(index->grown[0]);
	free(index->grown[1]);
	free(index);
}

const char *index_path(const struct index *index, uint32_t file)
{
	if (file < index->graph->file_count)
		return file_path(index->graph, file);
	return index->extra_text + index->files[file].path;
}

struct digest index_request(const char *file, const char *const *params, size_t param_count,
	const char *job, const char *root)
{
	struct hasher *hasher HASHER_LOCAL = hasher_new();

	hasher_add_str(hasher, RESTAGE_VERSION);
	hasher_add_str(hasher, file);
	hasher_add_str(hasher, job ? job : "");
	hasher_add_str(hasher, root);
	hasher_add_u64(hasher, param_count);
	for (size_t i = 0; i < param_count; i++)
		hasher_add_str(hasher, params[i]);
	return hasher_done(hasher);
}

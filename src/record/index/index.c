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

#define INDEX_MAGIC "restage index 5\n"
#define INDEX_MAX ((size_t)8 << 30)
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

struct head {
	char magic[16];
	uint32_t sizes[4];    /* of the elements: another build's layout is not ours */
	struct digest digest; /* of all that follows the head, without records */
	struct digest seal;   /* see seal_of */
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

static void add_parts(struct hasher *hasher, const struct iovec *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hasher_add(hasher, parts[i].iov_base, parts[i].iov_len);
}

/* Of what the checks and guards take for granted: the graph, what it was made from and asked for, and the boot.
 * An index whose checksum is right and whose parts do not belong together (forged, or written from damaged
 * memory) is no index. Whoever mends this and the guards as well could as well write manifests. */
static struct digest seal_of(const struct head *head, const struct iovec *graph, size_t graph_count,
	const struct index_source *sources, uint32_t source_count)
{
	struct hasher *hasher = hasher_new();

	hasher_add(hasher, &head->request, sizeof head->request);
	hasher_add(hasher, head->boot, sizeof head->boot);
	add_parts(hasher, graph, graph_count);
	hasher_add(hasher, sources, source_count * sizeof *sources);
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

static uint64_t check_of(const void *bytes, size_t len)
{
	struct digest digest = digest_bytes(bytes, len);
	uint64_t check;

	memcpy(&check, digest.bytes, sizeof check);
	return check;
}

uint64_t index_check_file(const struct index *index, uint32_t file, struct buf *bytes)
{
	buf_reset(bytes);
	buf_add(bytes, &file, sizeof file);
	buf_add(bytes, &index->files[file], offsetof(struct index_file, check));
	/* The graph's paths are under the seal. */
	if (file >= index->graph->file_count)
		buf_str(bytes, index_path(index, file));
	return check_of(bytes->data, bytes->len);
}

uint64_t index_check_version(const struct index *index, uint32_t number)
{
	struct version version = index->versions[number];

	version.check = number;
	return check_of(&version, sizeof version);
}

struct digest index_guard(const struct index *index, uint32_t stage, struct buf *bytes)
{
	struct index_stage entry = index->stages[stage];

	memset(&entry.guard, 0, sizeof entry.guard);
	entry.first = 0; /* where its uses lie is no matter */
	/* Hashing a few bytes at once takes a third of the time that handing them over one by one does. */
	buf_reset(bytes);
	buf_add(bytes, &stage, sizeof stage);
	buf_add(bytes, &entry, sizeof entry);
	buf_add(bytes, index->uses + index->stages[stage].first, entry.count * sizeof *index->uses);
	return digest_bytes(bytes->data, bytes->len);
}

struct digest index_digest_sources(const struct index *index)
{
	return digest_bytes(index->sources, index->graph->source_count * sizeof *index->sources);
}

static void read_boot(char boot[40])
{
	struct buf text = {0};
	memset(boot, 0, 40);
	if (fs_read(BOOT_ID, 4096, &text, NULL) == 0 && text.len)
		memcpy(boot, text.data, text.len < 36 ? text.len : 36);
	buf_free(&text);
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
			index->files[i].flags &= ~INDEX_FILE_SETTLED;
	}
	for (uint32_t i = 0; i < index->graph->source_count; i++)
		index->sources[i].flags &= ~INDEX_FILE_SETTLED;
	for (uint32_t i = 0; i < index->graph->stage_count; i++)
		index->stages[i].flags &= ~INDEX_STAGE_RECORDED;
}

static bool check_files(const struct index *index, struct buf *bytes)
{
	for (uint32_t i = 0; i < index->file_count; i++) {
		if ((i >= index->graph->file_count && index->files[i].path >= index->extra_size) ||
			index->files[i].check != index_check_file(index, i, bytes))
			return false;
	}
	return true;
}

static bool check_versions(const struct index *index)
{
	for (uint32_t i = 0; i < index->version_count; i++) {
		if (index->versions[i].file >= index->file_count ||
			index->versions[i].check != index_check_version(index, i))
			return false;
	}
	return true;
}

/* Lists of uses lie where they must: also those of a stage of which nothing is recorded. */
static bool check_stage(const struct index *index, uint32_t stage, struct buf *bytes)
{
	const struct stage *s = &index->graph->stages[stage];
	const struct index_stage *entry = &index->stages[stage];
	uint64_t least = (uint64_t)s->input_count + entry->further + s->output_count;

	if (entry->first > index->use_count || entry->count > index->use_count - entry->first ||
		((entry->flags & INDEX_STAGE_RECORDED) && entry->count < least))
		return false;
	for (uint32_t i = 0; i < entry->count; i++) {
		uint32_t version = index->uses[entry->first + i];
		uint64_t output = (uint64_t)s->input_count + entry->further; /* the first declared one */
		bool may_miss = i >= output && i < output + s->output_count;
		if (version >= index->version_count && !(version == NONE && may_miss))
			return false;
	}
	struct digest guard = index_guard(index, stage, bytes);
	return digest_eq(&guard, &entry->guard);
}

static bool check(const struct index *index)
{
	struct buf bytes = {0};
	bool ok = index->file_count >= index->graph->file_count &&
		  !(index->extra_size && index->extra_text[index->extra_size - 1] != 0) &&
		  check_files(index, &bytes) && check_versions(index);

	for (uint32_t i = 0; i < index->graph->stage_count && ok; i++)
		ok = check_stage(index, i, &bytes);
	buf_free(&bytes);
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
		memcmp(head.sizes, ours.sizes, sizeof head.sizes) != 0 || head.size < sizeof head || head.size > len)
		return NULL;
	size_t whole = (size_t)head.size;
	struct digest digest = digest_bytes(block + sizeof head, whole - sizeof head);
	if (!digest_eq(&digest, &head.digest))
		return NULL;
	struct index *index = mem_alloc(sizeof *index);
	struct graph *graph = index->graph = graph_read(block, whole, &pos);
	if (!graph)
		goto fail;
	size_t graph_end = pos;
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
		ARRAY(graph->source_count, sources) &&
		ARRAY(head.extra_size, extra_text) && pos == whole) {
		struct iovec part = {.iov_base = block + sizeof head, .iov_len = graph_end - sizeof head};
		struct digest seal = seal_of(&head, &part, 1, index->sources, graph->source_count);
		index->last = head.digest;
		index->size = index->end = whole;
		index_take_records(index, block, len);
		if (digest_eq(&seal, &head.seal) && check(index))
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
	struct buf file = {0};
	struct index *index = NULL;
	*notice = NULL;
	/* Not mapped: a file that shrinks meanwhile would end the program. */
	if (fs_read(path, INDEX_MAX, &file, NULL) == 0) {
		size_t len = file.len;
		char *block = buf_steal(&file);
		index = parse(block, len);
		if (index) {
			compare_boot(index);
		} else {
			*notice = "the state index cannot be used (damaged, or of another "
				  "version): read anew from the manifests";
			free(block);
		}
	}
	buf_free(&file);
	return index;
}

static struct digest digest_of(const struct iovec *parts, size_t count)
{
	struct hasher *hasher = hasher_new();
	add_parts(hasher, parts, count);
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

int index_write(struct index *index, const char *path, struct err *err)
{
	const struct graph *graph = index->graph;
	struct graph_pieces pieces = {0};
	struct head head;
	struct buf bytes = {0};
	for (uint32_t i = 0; i < index->file_count; i++)
		index->files[i].check = index_check_file(index, i, &bytes);
	for (uint32_t i = 0; i < index->version_count; i++)
		index->versions[i].check = index_check_version(index, i);
	for (uint32_t i = 0; i < graph->stage_count; i++)
		index->stages[i].guard = index_guard(index, i, &bytes);
	buf_free(&bytes);
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
	head.seal = seal_of(&head, pieces.items + first, pieces.count - first, index->sources,
		graph->source_count);
	graph_write_array(&pieces, index->files, index->file_count * sizeof *index->files);
	graph_write_array(&pieces, index->versions, index->version_count * sizeof *index->versions);
	graph_write_array(&pieces, index->stages, graph->stage_count * sizeof *index->stages);
	graph_write_array(&pieces, index->uses, index->use_count * sizeof *index->uses);
	graph_write_array(&pieces, index->sources, graph->source_count * sizeof *index->sources);
	graph_write_array(&pieces, index->extra_text, index->extra_size);
	head.digest = digest_of(pieces.items + first, pieces.count - first);
	head.size = pieces.len;
	int status = fs_replace_parts(path, pieces.items, pieces.count, err);
	index->last = head.digest;
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
	struct hasher *hasher = hasher_new();
	hasher_add_str(hasher, RESTAGE_VERSION);
	hasher_add_str(hasher, file);
	hasher_add_str(hasher, job ? job : "");
	hasher_add_str(hasher, root);
	hasher_add_u64(hasher, param_count);
	for (size_t i = 0; i < param_count; i++)
		hasher_add_str(hasher, params[i]);
	struct digest digest = hasher_done(hasher);
	hasher_free(hasher);
	return digest;
}

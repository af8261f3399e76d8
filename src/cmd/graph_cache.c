/* The index lies in the job, and where the job is, the definition says. So the head of the INI file
 * is read, as far as its [pipeline] section, which is first in nearly every file. What is guessed
 * wrong here only costs the time of reading the definition: an index counts only if it was written
 * for this very request, and if everything that its graph was made from is unchanged. */
#include "cmd/graph_cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dir.h"
#include "base/fs.h"
#include "base/ini.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "model/load/definition.h"
#include "model/load/definition_root.h"
#include "model/load/definition_source.h"
#include "model/load/env_file.h"
#include "model/load/remembered.h"
#include "record/index/index.h"
#include "record/judge/lists.h"

#define HEAD_SIZE ((size_t)16 * 1024)

struct head {
	struct arena arena;
	const char *name, *job, *out, *root;
	bool is_clear; /* nothing in it that only the whole definition can tell */
};

static void take_entry(void *ctx, const struct ini_line *line)
{
	struct head *head = ctx;
	const struct {
		const char *key, **place;
	} keys[] = {{"name", &head->name}, {"job", &head->job}, {"out", &head->out},
		{"root", &head->root}};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(line->section, "pipeline") != 0 || strcmp(line->key, keys[i].key) != 0)
			continue;
		if (line->is_more || *keys[i].place || strstr(line->value, "{{"))
			head->is_clear = false;
		*keys[i].place = arena_strdup(&head->arena, line->value);
	}
}

static void ignore_section(void *ctx, uint32_t line, const char *section)
{
	(void)ctx;
	(void)line;
	(void)section;
}

static void take_mistake(void *ctx, uint32_t line, const char *text)
{
	struct head *head = ctx;
	(void)line;
	(void)text;

	head->is_clear = false;
}

/* The length of the first section with all that is before it. */
static size_t first_section(const char *text, size_t len)
{
	bool has_begun = false;

	for (size_t pos = 0; pos < len;) {
		const char *end = memchr(text + pos, '\n', len - pos);
		if (text[pos] == '[') {
			if (has_begun)
				return pos;
			has_begun = true;
		}
		if (!end)
			break;
		pos = (size_t)(end - text) + 1;
	}
	return len;
}

static bool read_head(const char *file, struct head *head)
{
	struct ini_handlers handlers = {
		.section = ignore_section,
		.entry = take_entry,
		.mistake = take_mistake,
		.ctx = head,
	};
	char text[HEAD_SIZE];
	int fd FD_LOCAL = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, HEAD_SIZE);
	if (n <= 0)
		return false;
	size_t len = first_section(text, (size_t)n);
	/* A section that goes on behind what was read may say more. */
	if (len == (size_t)n && len == HEAD_SIZE)
		return false;
	head->is_clear = true;
	ini_read(text, len, &handlers);
	return head->is_clear;
}

char *graph_cache_file(const struct definition_request *request)
{
	return realpath(request->file, NULL);
}

struct digest graph_cache_request(
	const struct definition_request *request, const char *file, const char *job_dir)
{
	struct arena arena ARENA_LOCAL = {0};
	struct remembered params;
	/* Messages name the file as the user did: the same file under another name is another
	 * graph. And a program that was built anew may read the same definition in another way. */
	struct buf name BUF_LOCAL = {0};
	struct fs_stat self = {0};
	char *root MEM_LOCAL = getcwd(NULL, 0);

	fs_stat("/proc/self/exe", &self, NULL);
	buf_fmt(&name, "%s\n%s\n%s\n%" PRIu64 " %" PRId64, file ? file : "", request->file,
		request->profile ? request->profile : "", self.size, self.mtime_ns);
	/* One that cannot be read is told by who reads the definition. */
	remembered_read(&arena, job_dir, request->forget, request->forget_count, &params, NULL);
	remembered_merge(&arena, &params, request->params, request->param_count);
	return index_request(
		buf_text(&name), params.items, params.count, request->job, root ? root : "");
}

static bool same_sources(const struct index *index, struct env_vars *vars)
{
	const struct graph *graph = index->graph;

	for (uint32_t i = 0; i < graph->source_count; i++) {
		const struct source *source = &graph->sources[i];
		const struct index_source *known = &index->sources[i];
		const char *path = graph_text(graph, source->path);
		struct fs_stat stat;
		struct digest digest;
		if (source->kind == SOURCE_ENV) {
			if (!env_file_reread(vars, path, &source->digest))
				return false;
			continue;
		}
		if (source_is_file(source->kind) && (known->flags & INDEX_FILE_SETTLED) &&
			fs_stat(path, &stat, NULL) == 0 && fs_same(&stat, &known->stat))
			continue;
		if (source_digest((enum source_kind)source->kind, path, &digest, NULL) < 0 ||
			!digest_eq(&digest, &source->digest))
			return false;
	}
	return true;
}

/* Has nothing been made since, of which the graph's lists consist? */
static bool same_lists(const struct index *index)
{
	const struct graph *graph = index->graph;
	struct arena arena ARENA_LOCAL = {0};
	bool is_same = true;

	for (uint32_t i = 0; i < graph->stage_count && graph->list_count && is_same; i++) {
		const struct index_stage *entry = &index->stages[i];
		const char *path =
			stage_path(&arena, graph_text(graph, graph->stages[i].dir), MANIFEST_FILE);
		struct fs_stat stat;
		if (!graph->stages[i].lists.count ||
			((entry->flags & INDEX_STAGE_RECORDED) && fs_stat(path, &stat, NULL) == 0 &&
				fs_same(&stat, &entry->manifest)))
			continue;
		is_same = lists_are_current(graph, i);
	}
	return is_same;
}

/* In the root already. */
static struct index *open_there(const struct definition_request *request, const struct head *head,
	const char *file, struct arena *arena, const char **notice)
{
	const char *job = request->job ? request->job : head->job;

	if (!job)
		job = root_default_job(arena, request->file, head->name);
	job = path_join(arena, head->out && *head->out ? head->out : DEFINITION_OUT, job);
	struct index *index = index_read(stage_path(arena, job, JOB_INDEX), notice);
	if (!index)
		return NULL;
	struct digest digest = graph_cache_request(request, file, job);
	struct env_vars vars = {0};
	bool is_same = digest_eq(&digest, &index->request) && same_sources(index, &vars) &&
		       same_lists(index);
	if (is_same)
		env_vars_set(&vars);
	else
		index_free(index);
	env_vars_free(&vars);
	return is_same ? index : NULL;
}

struct index *graph_cache_open(const struct definition_request *request, const char **notice)
{
	struct head head = {0};
	struct index *index = NULL;
	char *file MEM_LOCAL = graph_cache_file(request);
	int here FD_LOCAL = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*notice = NULL;
	if (file && here >= 0 && read_head(file, &head)) {
		if (root_enter(&head.arena, request->file, head.root, NULL) == 0)
			index = open_there(request, &head, file, &head.arena, notice);
		if (!index && fchdir(here) < 0)
			*notice =
				"the directory in which restage was started cannot be reached any "
				"more";
	}
	arena_free(&head.arena);
	return index;
}

#include "model/graph/job_paths.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"

char *stage_path(struct arena *arena, const char *dir, const char *name)
{
	size_t dir_len = strlen(dir), name_size = strlen(name) + 1;
	char *path = arena_alloc(arena, dir_len + 1 + name_size);

	memcpy(path, dir, dir_len);
	path[dir_len] = '/';
	memcpy(path + dir_len + 1, name, name_size);
	return path;
}

const char *stage_work_dir(struct arena *arena, const char *dir, bool runs_there)
{
	return stage_path(arena, dir, runs_there ? STAGE_CWD : WORK_DIR);
}

char *stage_list(struct arena *arena, const char *own_dir, uint32_t number)
{
	return arena_fmt(arena, "%s/" WORK_LISTS "/%u", own_dir, number);
}

void stage_made_place(const struct graph *graph, uint32_t stage, const char *path,
	const char *work_dir, struct buf *out)
{
	const char *rest = path_below(graph_text(graph, graph->stages[stage].dir), path);

	buf_str(out, work_dir);
	buf_str(out, rest || stage_runs_in_work(graph, stage) ? "/" : "/" WORK_ROOT "/");
	buf_str(out, rest ? rest : path + (path[0] == '/'));
}

const char *stage_made_path(const struct graph *graph, uint32_t stage, const char *path,
	const char *work_dir, struct arena *arena)
{
	struct buf place BUF_LOCAL = {0};

	stage_made_place(graph, stage, path, work_dir, &place);
	return arena_strdup(arena, buf_text(&place));
}

/* Does it belong to an output that is declared for a place outside of the stage's directory? */
static bool is_made_elsewhere(const struct graph *graph, uint32_t stage, const char *rest)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		const char *path = file_path(graph, graph->uses[s->first_use + i].file);
		if (path_is_under(path, rest) && !path_is_under(graph_text(graph, s->dir), path))
			return true;
	}
	return false;
}

const char *stage_final_place(
	const struct graph *graph, uint32_t stage, const char *rest, struct arena *arena)
{
	const char *elsewhere = path_below(WORK_ROOT, rest);

	if (stage_runs_in_work(graph, stage))
		elsewhere = is_made_elsewhere(graph, stage, rest) ? rest : NULL;
	if (elsewhere && *elsewhere)
		return arena_strdup(arena, elsewhere);
	return path_join(arena, graph_text(graph, graph->stages[stage].dir), rest);
}

char *job_path(struct arena *arena, const struct graph *graph, const char *name)
{
	return stage_path(arena, graph_text(graph, graph->job_dir), name);
}

const char *job_run_log(struct arena *arena, const struct graph *graph, const char *run)
{
	return arena_fmt(arena, "%s/" JOB_LOGS "/" RUN_FILE "%s" RUN_LOG_TAIL,
		graph_text(graph, graph->job_dir), run);
}

void job_run_record(struct buf *out, const char *log_path)
{
	size_t tail = text_ends(log_path, RUN_LOG_TAIL) ? strlen(RUN_LOG_TAIL) : 0;

	buf_add(out, log_path, strlen(log_path) - tail);
	buf_str(out, RUN_RECORD_TAIL);
}

const char *job_log_of_record(struct arena *arena, const char *record_path)
{
	size_t tail = text_ends(record_path, RUN_RECORD_TAIL) ? strlen(RUN_RECORD_TAIL) : 0;

	return arena_fmt(
		arena, "%.*s" RUN_LOG_TAIL, (int)(strlen(record_path) - tail), record_path);
}

const char *job_run_of(struct arena *arena, const char *name, const char *tail)
{
	size_t head_len = strlen(RUN_FILE), tail_len = strlen(tail), len = strlen(name);

	if (!text_starts(name, RUN_FILE) || !text_ends(name, tail) || len <= head_len + tail_len)
		return NULL;
	return arena_strndup(arena, name + head_len, len - head_len - tail_len);
}

const char *job_without_number(const char *name)
{
	const char *p = name;

	while (isdigit((unsigned char)*p))
		p++;
	return p > name && *p == '_' ? p + 1 : name;
}

struct place {
	const char *name, *whose;
};

/* Whose is it that is called so, or in which that lies? */
static const char *whose_place(const struct place *places, const char *below)
{
	while (below && places->name &&
		(*below != *places->name || !path_is_under(places->name, below)))
		places++;
	return below ? places->whose : NULL;
}

char *stage_kept_log(struct arena *arena, const char *run)
{
	size_t head = strlen(STAGE_LOG_FILE) - strlen(RUN_LOG_TAIL);

	return arena_fmt(arena, "%.*s.%s" RUN_LOG_TAIL, (int)head, STAGE_LOG_FILE, run);
}

#define KEPT_HEAD (sizeof STAGE_LOG_FILE - sizeof RUN_LOG_TAIL + 1) /* "stage." */

static bool may_be_kept_log(const char *name)
{
	return strlen(name) > strlen(STAGE_LOG_FILE) &&
	       strncmp(name, STAGE_LOG_FILE, KEPT_HEAD) == 0 && text_ends(name, RUN_LOG_TAIL) &&
	       !strchr(name, '/');
}

static const char *skip_digits(const char *text, size_t least, size_t most)
{
	size_t len = text ? strspn(text, "0123456789") : 0;

	return len >= least && len <= most && text ? text + len : NULL;
}

/* "20251127_140915", or with "_2" behind it. Others are the user's: stage.good.log */
bool stage_is_kept_log(const char *name)
{
	if (!may_be_kept_log(name))
		return false;
	const char *at = skip_digits(name + KEPT_HEAD, 8, 8);
	at = at && *at == '_' ? skip_digits(at + 1, 6, 6) : NULL;
	if (at && *at == '_')
		at = skip_digits(at + 1, 1, 9);
	return at && strcmp(at, RUN_LOG_TAIL) == 0;
}

/* X(name, whose place it is) */
#define OWN_NAMES(X) \
	X(WORK_EVENTS, "what the stage reports") \
	X(WORK_CONFIG, "the stage's config") \
	X(WORK_COMMAND, "the stage's script") \
	X(WORK_TRACE, "the stage's trace") \
	X(WORK_LISTS, "lists of files") \
	X(WORK_CLAIM, "who runs the stage")
#define OWN_NAME(name, whose) name,
#define OWN_PLACE(name, whose) {name, whose},

const char *const stage_own_names[] = {OWN_NAMES(OWN_NAME) NULL};

bool stage_is_own(const char *rest)
{
	const char *const *name = stage_own_names;

	while (*name && !path_is_under(*name, rest))
		name++;
	return *name != NULL;
}

const char *job_own_place(const char *below_dir, const char *below_job)
{
	static const struct place of_stage[] = {
		{MANIFEST_FILE, "the stage's manifest"},
		{STAGE_LOG_FILE, "the stage's log"},
		{STAGE_FAILED, "the files of a failed attempt"},
		{WORK_ROOT, "outputs that lie elsewhere"},
		OWN_NAMES(OWN_PLACE){NULL, NULL},
	};
	static const struct place of_job[] = {
		{JOB_STATE, "the job's state"},
		{JOB_LOGS, "the job's logs"},
		{JOB_GRAPH, "the job's graph"},
		{JOB_REPLACED, "files that were replaced"},
		{JOB_PARAMS, "the job's parameters"},
		{JOB_HANDED, "what is handed to a cluster"},
		{NULL, NULL},
	};
	const char *whose = whose_place(of_stage, below_dir);

	if (!whose && below_dir && text_starts(below_dir, WORK_DIR))
		whose = "the stage's work directory";
	if (!whose && below_dir && may_be_kept_log(below_dir))
		whose = "a log of the stage";
	return whose ? whose : whose_place(of_job, below_job);
}

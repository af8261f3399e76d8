#include "cmd/session.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "cmd/graph_cache.h"
#include "cmd/watch.h"
#include "model/graph/cache_settings.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "model/graph/select.h"
#include "model/load/definition.h"
#include "model/load/definition_root.h"
#include "record/index/index.h"
#include "record/manifest/made.h"
#include "run/ask/plan.h"
#include "view/words/words.h"

#define SITE_PROFILE "/etc/restage/profile.ini"

/* One line and one write a message, whatever is in it: messages of several processes do not mix,
 * and a name cannot move the cursor. */
static void say(const char *fmt, va_list args)
{
	struct buf text BUF_LOCAL = {0}, line BUF_LOCAL = {0};

	buf_vfmt(&text, fmt, args);
	buf_str(&line, "restage: ");
	text_add_printable(&line, buf_text(&text), text.len);
	buf_char(&line, '\n');
	if (fs_write_all(STDERR_FILENO, line.data, line.len) < 0) {
		/* nobody is left to be told */
	}
}

int session_fail(const struct err *err)
{
	session_mistake("%s", err->text);
	return (int)err->code;
}

int session_mistake(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return EXIT_USAGE;
}

void session_note(const struct call *call, const char *fmt, ...)
{
	va_list args;

	if (call->globals.is_quiet)
		return;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void session_diags(const struct diags *diags)
{
	struct buf out BUF_LOCAL = {0};

	diag_print(diags, &out);
	if (out.len && fs_write_all(STDERR_FILENO, out.data, out.len) < 0) {
		/* nobody is left to be told */
	}
}

/* A file that is not there, or is none, was named by mistake: that is not the world's fault. */
static bool is_misnamed(const struct err *err)
{
	return err->sys == ENOENT || err->sys == ENOTDIR || err->sys == EISDIR ||
	       err->sys == EINVAL || err->sys == 0;
}

/* How the program ends if it could not be loaded. */
static int read_definition(const struct call *call, const struct definition_request *request,
	struct session *session, struct err *err)
{
	struct diags own = {0}, *diags = call->diags ? call->diags : &own;
	char *file = graph_cache_file(request);

	session->graph = definition_load(request, diags, err);
	if (!call->diags)
		session_diags(diags);
	if (err->code && is_misnamed(err))
		err->code = EXIT_USAGE;
	int code = diags->is_of_machine ? EXIT_WORLD : EXIT_USAGE;
	/* A definition with warnings is read every time, so that they are shown every time. */
	if (session->graph && diags->count == 0)
		session->request = graph_cache_request(
			request, file, graph_text(session->graph, session->graph->job_dir));
	diag_free(&own);
	free(file);
	return code;
}

/* A value on one line, as far as that is of use. */
static void add_value(struct buf *out, const char *item)
{
	size_t len = strlen(item);

	text_add_printable(out, item, len < 80 ? len : 80);
	if (len >= 80)
		buf_str(out, "…");
}

/* Says which values come from what the job remembers, and what else they hide. */
static void tell_remembered(
	const struct call *call, const struct graph *graph, const struct remembered *list)
{
	struct buf text BUF_LOCAL = {0};

	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->items[i];
		if (remembered_find(call->globals.params.items, call->globals.params.count, item))
			continue;
		buf_str(&text, text.len ? ", " : "");
		add_value(&text, item);
		for (uint32_t h = 0; h < graph->hidden.count; h++) {
			const struct pair *pair = &graph->pairs[graph->hidden.first + h];
			const char *name = graph_text(graph, pair->name);
			if (!remembered_is_same(name, item))
				continue;
			buf_str(&text, " (");
			add_value(&text, graph_text(graph, pair->value));
			buf_char(&text, ')');
		}
	}
	if (text.len && call->command != &cmd_jobs &&
		call->command != &cmd_metrics) /* which list them */
		session_note(call, "job '%s' remembers %s", graph_text(graph, graph->job),
			buf_text(&text));
}

static int check_forgotten(const struct call *call, struct session *session, struct err *err)
{
	const struct option_list *forget = &call->globals.forget;
	const struct graph *graph = session->graph;
	struct remembered all;

	if (!forget->count || remembered_find(forget->items, forget->count, "all"))
		return 0;
	if (remembered_read(
		    &session->arena, graph_text(graph, graph->job_dir), NULL, 0, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < forget->count; i++) {
		if (!remembered_find(all.items, all.count, forget->items[i]))
			return err_set(err, EXIT_USAGE, "job '%s' does not remember '%s'",
				graph_text(graph, graph->job), forget->items[i]);
	}
	return 0;
}

/* Values of parameters that are not there any more are nobody's. */
static void drop_unknown(const struct graph *graph, struct remembered *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		bool is_known = false;
		for (uint32_t p = 0; p < graph->params.count && !is_known; p++) {
			const char *name =
				graph_text(graph, graph->pairs[graph->params.first + p].name);
			is_known = remembered_is_same(name, list->items[i]);
		}
		if (is_known)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

/* What the job remembers: told, and kept with -p on top for who will write it. */
static int take_remembered(const struct call *call, struct session *session, struct err *err)
{
	const struct globals *globals = &call->globals;
	const struct graph *graph = session->graph;
	const char *job_dir = graph_text(graph, graph->job_dir);

	if (remembered_read(&session->arena, job_dir, globals->forget.items, globals->forget.count,
		    &session->params, err) < 0)
		return -1;
	drop_unknown(graph, &session->params);
	tell_remembered(call, graph, &session->params);
	if (check_forgotten(call, session, err) < 0)
		return -1;
	remembered_merge(
		&session->arena, &session->params, globals->params.items, globals->params.count);
	return 0;
}

struct definition_request session_request(const struct call *call)
{
	const char *was = call->args.count ? call->wishes.was : NULL;

	return (struct definition_request){
		.file = call->globals.file,
		.params = call->globals.params.items,
		.param_count = call->globals.params.count,
		.forget = call->globals.forget.items,
		.forget_count = call->globals.forget.count,
		.job = call->globals.job,
		.profile = call->globals.profile,
		.made_names = record_made_names,
		.renamed = was ? job_without_number(call->args.items[0]) : NULL,
		.was = was ? job_without_number(was) : NULL,
	};
}

/* Loads what -f, -p and --job name; the process stands in the root afterwards. If not EXIT_OK, the
 * definition's mistakes have been told, or err is to be. */
static int open_session(const struct call *call, struct session *session, struct err *err)
{
	const char *notice = NULL;
	char *found = NULL;
	int code = EXIT_USAGE;
	struct definition_request request = session_request(call);

	request.lints = call->command->lints;
	request.places = request.lints ? &session->places : NULL;
	if (!request.file && definition_find(&found, err) < 0)
		return EXIT_USAGE;
	if (!request.file)
		request.file = found;
	session->here = root_current(&session->arena);
	session->file = arena_strdup(&session->arena, request.file);
	if (!request.lints && !request.was)
		session->index = graph_cache_open(&request, &notice);
	if (session->index) {
		session->graph = session->index->graph;
		session->request = session->index->request;
	} else {
		code = read_definition(call, &request, session, err);
	}
	free(found);
	if (session->graph && take_remembered(call, session, err) == 0)
		return EXIT_OK;
	return session->graph ? EXIT_USAGE : code;
}

static void drop_index(struct session *session)
{
	if (session->index) {
		session->index->graph = NULL;
		index_free(session->index);
	}
	session->index = NULL;
}

struct graph *session_load(const struct call *call, int *exit_code)
{
	struct session session = {0};
	struct err err = {0};

	*exit_code = open_session(call, &session, &err);
	if (err.code)
		*exit_code = session_fail(&err);
	drop_index(&session);
	arena_free(&session.arena);
	places_free(&session.places);
	if (*exit_code == EXIT_OK)
		return session.graph;
	graph_free(session.graph);
	return NULL;
}

/* A job that was named and is not there is no empty one. */
static int check_job(const struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	const char *job = call->globals.job, *near = NULL;
	struct arena arena ARENA_LOCAL = {0};
	const char **names;
	size_t count;

	if (!job || !call->command->needs_job || fs_is_dir(graph_text(graph, graph->job_dir)))
		return 0;
	count = session_jobs(graph, &arena, &names);
	near = text_nearest(job, names, count);
	err_set(err, EXIT_USAGE, "job '%s' was never run%s%s%s", job,
		near ? "; did you mean '" : "", near ? near : "",
		near ? "'?" : "; 'restage jobs' lists those that were");
	return -1;
}

bool *session_select(
	struct call *call, const struct graph *graph, enum session_stages which, struct err *err)
{
	const char *until = call->wishes.until;
	bool is_named = which == STAGES_NAMED;
	struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
		.from = is_named ? NULL : call->wishes.from,
		.until = is_named ? NULL : until,
		.only = is_named || call->wishes.is_only || call->command->needs == NEEDS_STAGES,
		.awaits = call->command->needs == NEEDS_TARGETS && !call->wishes.is_only,
	};

	if (is_named && !call->args.count) {
		request.targets = &until;
		request.target_count = 1;
		if (!until)
			return NULL;
	}
	bool *stages = mem_alloc((size_t)graph->stage_count + 1);
	if (select_stages(graph, &request, stages, err) < 0) {
		free(stages);
		return NULL;
	}
	call->session.awaited = request.awaited;
	return stages;
}

/* What the user means by -o where he stands: loading goes to the root. */
static int resolve_output(struct call *call, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	char here[4096];

	if (!call->wishes.output)
		return 0;
	if (!getcwd(here, sizeof here))
		return err_sys(err, errno, "find", ".");
	call->output = mem_strdup(path_join(&arena, here, call->wishes.output));
	return 0;
}

static int prepare(struct call *call, struct err *err)
{
	const struct command *command = call->command;
	int code = command->check ? command->check(call, err) : EXIT_OK;

	if (code != EXIT_OK || err->code || resolve_output(call, err) < 0 ||
		command->needs == NEEDS_NOTHING)
		return code;
	code = open_session(call, &call->session, err);
	if (code != EXIT_OK)
		return code;
	assert(call->session.graph);
	if (check_job(call, err) < 0)
		return code;
	if (!command->uses_index)
		drop_index(&call->session);
	if (command->needs != NEEDS_GRAPH)
		call->wanted = session_select(call, call->session.graph, STAGES_WANTED, err);
	return code;
}

static int run_in_job(struct call *call)
{
	struct err err = {0};
	int code = prepare(call, &err);

	call->is_mistaken = code != EXIT_OK && !call->session.graph;
	if (code == EXIT_OK && !err.code)
		code = call->command->run(call, &err);
	if (call->command->end)
		code = call->command->end(call, code, &err);
	if (err.code)
		code = session_fail(&err);
	else
		session_flush(call);
	if (call->session.index)
		index_free(call->session.index);
	else
		graph_free(call->session.graph);
	arena_free(&call->session.arena);
	places_free(&call->session.places);
	free(call->wanted);
	free(call->named);
	free(call->output);
	buf_free(&call->out);
	call->session = (struct session){0};
	call->wanted = call->named = NULL;
	call->output = NULL;
	return code;
}

int session_cache(struct call *call, struct cache_settings *settings, struct err *err)
{
	const struct cache_wish wish = {
		.place = call->globals.cache,
		.here = call->session.here,
		.is_off = call->globals.no_cache,
	};

	return cache_settings_find(settings, &call->session.arena, call->session.graph, &wish, err);
}

/* The jobs that --job names; NULL: one or none, or the command has no use for several. */
static const char **list_jobs(struct call *call, struct arena *arena, size_t *count, int *code)
{
	const char *job = call->globals.job;
	bool is_all = text_eq(job, "all");
	const char **names = NULL;
	struct graph *graph;

	*count = 0;
	if (!job || !call->command->takes_jobs || (!is_all && !strchr(job, ',')))
		return NULL;
	if (is_all) {
		call->globals.job = NULL;
		graph = session_load(call, code);
		if (graph)
			*count = session_jobs(graph, arena, &names);
		graph_free(graph);
		if (graph && *count == 0)
			*code = session_mistake("no job was run yet");
		return names ? names : arena_alloc(arena, sizeof *names);
	}
	names = arena_alloc(arena, (strlen(job) + 1) * sizeof *names);
	for (; *job; job += job[0] == ',') {
		size_t len = strcspn(job, ",");
		if (len == 3 && memcmp(job, "all", len) == 0)
			*code = session_mistake("--job all names every job: it stands alone");
		if (len)
			names[(*count)++] = arena_strndup(arena, job, len);
		job += len;
	}
	if (*code)
		*count = 0;
	return names;
}

/* Until a signal ends it. A mistake in the definition is told, and waits to be mended; one in the
 * command line ends it at once. */
static int run_and_watch(struct call *call, int here)
{
	bool may_go_on = false;
	int code;

	call->watch = watch_new();
	do {
		code = here >= 0 && fchdir(here) == 0 ? run_in_job(call) : EXIT_WORLD;
		may_go_on |= call->is_mistaken || watch_has_begun(call->watch);
		if (code >= 128 || code == EXIT_WORLD || !may_go_on)
			break;
		int woken = watch_wait(call->watch, call);
		code = woken ? woken : EXIT_OK;
	} while (code == EXIT_OK);
	watch_free(call->watch);
	call->watch = NULL;
	return code;
}

/* --profile, RESTAGE_PROFILE ("": none), or that of this machine. */
static int find_profile(struct call *call, struct err *err)
{
	const char *name = call->globals.profile, *variable = getenv("RESTAGE_PROFILE");
	char here[4096];

	if (!name && variable)
		name = *variable ? variable : NULL;
	else if (!name && fs_exists(SITE_PROFILE))
		name = SITE_PROFILE;
	call->globals.profile = name;
	if (!name || *name == '/')
		return 0;
	if (!getcwd(here, sizeof here))
		return err_sys(err, errno, "find", ".");
	call->globals.profile = path_join(&call->globals.texts, here, name);
	return 0;
}

/* One after another, each by itself; the first failure decides the exit code, a signal ends all. */
int session_run(struct call *call)
{
	struct arena arena ARENA_LOCAL = {0};
	int here, code = EXIT_OK, result = EXIT_OK;
	size_t count;

	struct err err = {0};

	if (find_profile(call, &err) < 0)
		return session_fail(&err);
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char **names = list_jobs(call, &arena, &count, &result);
	if (call->wishes.watches)
		result = names ? session_mistake("--watch takes one job")
			       : run_and_watch(call, here);
	else if (!names)
		result = run_in_job(call);
	for (size_t i = 0; i < count && code < 128 && !call->wishes.watches; i++) {
		call->globals.job = names[i];
		session_note(call, "job %s:", names[i]);
		code = here >= 0 && fchdir(here) == 0 ? run_in_job(call) : EXIT_WORLD;
		if (result == EXIT_OK || code >= 128)
			result = code;
	}
	if (here >= 0)
		close(here);
	return result;
}

int session_plan(struct call *call, bool with_records, struct plan *plan, struct err *err)
{
	bool shows_run = call->command == &cmd_run && call->wishes.is_dry && !call->wishes.is_audit;
	struct cache_settings cache;

	if (shows_run && session_cache(call, &cache, err) < 0)
		return -1;
	const struct plan_request request = {
		.graph = call->session.graph,
		.index = call->session.index,
		.wanted = call->wanted,
		.forced = call->wishes.is_forced ? call->wanted : NULL,
		.named = call->named,
		.with_records = with_records,
		.asks = call->wishes.asks,
		.cache = shows_run && cache_settings_on(&cache) ? &cache : NULL,
	};

	return plan_make(&request, plan, err);
}

bool session_color(const struct call *call)
{
	return style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO);
}

void session_waiting(void *ctx, const char *who)
{
	session_note(ctx, "waiting for %s, which is in this job", who);
}

bool session_write(struct call *call, const struct buf *out)
{
	if (call->out_errno)
		return false;
	if (out->len && fs_write_all(STDOUT_FILENO, out->data, out->len) < 0)
		call->out_errno = errno;
	return call->out_errno == 0;
}

bool session_flush(struct call *call)
{
	bool is_good = session_write(call, &call->out);

	buf_reset(&call->out);
	return is_good;
}

int session_write_file(struct call *call, struct err *err)
{
	const char *path = call->output;
	struct stat st;
	int fd, status = 0;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode)) {
		status = fs_replace(path, buf_text(&call->out), call->out.len, err);
	} else {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			status = err_sys(err, errno, "open", path);
		else if (fs_write_all(fd, buf_text(&call->out), call->out.len) < 0)
			status = err_sys(err, errno, "write", path);
		if (fd >= 0)
			close(fd);
	}
	buf_reset(&call->out);
	return status;
}

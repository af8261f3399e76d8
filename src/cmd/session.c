#include "cmd/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
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
#include "model/graph/graph.h"
#include "model/graph/select.h"
#include "model/load/definition.h"
#include "record/index/index.h"
#include "run/ask/plan.h"
#include "view/words/words.h"

/* One line and one write a message, whatever is in it: messages of several processes do not mix,
 * and a name cannot move the cursor. */
static void say(const char *fmt, va_list args)
{
	struct buf text = {0}, line = {0};

	buf_vfmt(&text, fmt, args);
	buf_str(&line, "restage: ");
	text_add_printable(&line, buf_text(&text), text.len);
	buf_char(&line, '\n');
	if (fs_write_all(STDERR_FILENO, line.data, line.len) < 0) {
		/* nobody is left to be told */
	}
	buf_free(&text);
	buf_free(&line);
}

int session_fail(const struct err *err)
{
	session_mistake("%s", err->text);
	return err->code;
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

void session_diags(struct diags *diags)
{
	struct buf out = {0};

	diag_print(diags, &out);
	if (out.len && fs_write_all(STDERR_FILENO, out.data, out.len) < 0) {
		/* nobody is left to be told */
	}
	buf_free(&out);
}

/* A file that is not there, or is none, was named by mistake: that is not the world's fault. */
static bool is_misnamed(const struct err *err)
{
	return err->sys == ENOENT || err->sys == ENOTDIR || err->sys == EISDIR ||
	       err->sys == EINVAL || err->sys == 0;
}

static int read_definition(
	const struct definition_request *request, struct session *session, struct err *err)
{
	struct diags diags = {0};
	char *file = graph_cache_file(request);

	session->graph = definition_load(request, &diags, err);
	session_diags(&diags);
	if (err->code && is_misnamed(err))
		err->code = EXIT_USAGE;
	/* A definition with warnings is read every time, so that they are shown every time. */
	if (session->graph && diags.count == 0)
		session->request = graph_cache_request(request, file);
	diag_free(&diags);
	free(file);
	return session->graph ? EXIT_OK : EXIT_USAGE;
}

/* Loads what -f, -p and --job name; the process stands in the root afterwards. If not EXIT_OK, the
 * definition's mistakes have been told, or err is to be. */
static int open_session(const struct call *call, struct session *session, struct err *err)
{
	const char *notice = NULL;
	char *found = NULL;
	struct definition_request request = {
		.file = call->globals.file,
		.params = call->globals.params.items,
		.param_count = call->globals.params.count,
		.job = call->globals.job,
		.lints = call->command->lints,
	};
	int code = EXIT_OK;

	if (!request.file && definition_find(&found, err) < 0)
		return EXIT_USAGE;
	if (!request.file)
		request.file = found;
	if (!request.lints)
		session->index = graph_cache_open(&request, &notice);
	if (session->index) {
		session->graph = session->index->graph;
		session->request = session->index->request;
	} else {
		code = read_definition(&request, session, err);
	}
	free(found);
	return code;
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
	return session.graph;
}

static int select_wanted(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	const struct select_request request = {
		.targets = call->args.items,
		.target_count = call->args.count,
		.from = call->wishes.from,
		.until = call->wishes.until,
		.only = call->wishes.is_only || call->command->needs == NEEDS_STAGES,
	};

	call->wanted = mem_alloc(graph->stage_count + 1);
	return select_stages(graph, &request, call->wanted, err);
}

/* What the user means by -o where he stands: loading goes to the root. */
static int resolve_output(struct call *call, struct err *err)
{
	struct arena arena = {0};
	char here[4096];

	if (!call->wishes.output)
		return 0;
	if (!getcwd(here, sizeof here))
		return err_sys(err, errno, "find", ".");
	call->output = mem_strdup(path_join(&arena, here, call->wishes.output));
	arena_free(&arena);
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
	if (!command->uses_index)
		drop_index(&call->session);
	if (command->needs != NEEDS_GRAPH)
		select_wanted(call, err);
	return code;
}

int session_run(struct call *call)
{
	struct err err = {0};
	int code = prepare(call, &err);

	if (code == EXIT_OK && !err.code)
		code = call->command->run(call, &err);
	if (err.code)
		code = session_fail(&err);
	else
		session_flush(call);
	if (call->session.index)
		index_free(call->session.index);
	else
		graph_free(call->session.graph);
	free(call->wanted);
	free(call->output);
	buf_free(&call->out);
	return code;
}

int session_plan(const struct call *call, bool with_records, struct plan *plan, struct err *err)
{
	const struct plan_request request = {
		.graph = call->session.graph,
		.index = call->session.index,
		.wanted = call->wanted,
		.forced = call->wishes.is_forced ? call->wanted : NULL,
		.with_records = with_records,
		.asks = call->wishes.asks,
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

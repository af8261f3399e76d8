/* Watching what a stage really opens: its command runs under strace (Debian's package of that
 * name), and what was opened is compared with what was declared and reported.
 *
 * The traces are strace's text, one file a process (-ff), so that no call is torn in two; -y writes
 * the path of each descriptor behind it: openat(AT_FDCWD</dir>, "x", O_RDONLY) = 3</dir/x>. The
 * path of the result is what the kernel opened, whatever the current directory was and wherever
 * links led. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/program.h"
#include "base/text.h"
#include "model/command/command.h"
#include "run/engine/context.h"
#include "run/job/beneath.h"

#define TRACE_MAX ((size_t)4 << 30)
#define MODULE_MAX ((size_t)256 * 1024)

int audit_wrap(struct run *run, struct running *running, struct command *command, struct err *err)
{
	static const char *const front[] = {"strace", "-ff", "-y", "-qq", "-s", "0", "-e",
		"trace=open,openat,openat2,creat", "-e", "signal=none", "-o"};
	enum {
		FRONT = sizeof front / sizeof *front
	};
	struct arena *arena = &running->arena;
	int why;

	if (!search_program(arena, "strace", NULL, NULL, &why))
		return err_set(err, EXIT_WORLD,
			"audit needs strace, which is not installed: apt-get install strace");
	if (mkdirat(running->own_fd, WORK_TRACE, 0777) < 0)
		return err_sys(err, errno, "make the directory of traces in", running->own_dir);
	char **argv = arena_alloc(arena, (command->argc + FRONT + 3) * sizeof *argv);
	size_t n = 0;
	for (; n < FRONT; n++)
		argv[n] = (char *)(uintptr_t)front[n];
	argv[n++] = path_join(arena, graph_text(run->graph, run->graph->root),
		stage_path(arena, stage_path(arena, running->own_dir, WORK_TRACE), "t"));
	argv[n++] = arena_strdup(arena, "--");
	for (size_t i = 0; i < command->argc; i++)
		argv[n++] = command->argv[i];
	argv[n] = NULL;
	command->argv = argv;
	command->argc = n;
	return 0;
}

struct audit {
	struct run *run;
	struct running *running;
	const char *root;
	struct map known; /* paths that were declared or reported */
	struct map told;
	struct map keys;   /* of the stage, and those that were proposed */
	const char **dirs; /* of those, the directories: what lies in them is declared too */
	uint32_t dir_count, dir_cap;
};

/* strace's escapes in a path: \ooo, \xhh, and those of C. */
static char *decode(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\\' || i + 1 >= len) {
			out[n++] = text[i];
			continue;
		}
		char c = text[++i];
		if (c >= '0' && c <= '7') {
			unsigned value = 0;
			for (int k = 0; k < 3 && i < len && text[i] >= '0' && text[i] <= '7'; k++)
				value = value * 8 + (unsigned)(text[i++] - '0');
			i--;
			out[n++] = (char)value;
		} else {
			static const char from[] = "ntrvf", to[] = "\n\t\r\v\f";
			const char *at = strchr(from, c);
			out[n++] = at ? to[at - from] : c;
		}
	}
	out[n] = 0;
	return out;
}

static bool is_declared(const struct audit *audit, const char *path)
{
	if (map_get(&audit->known, path) != NONE)
		return true;
	for (uint32_t i = 0; i < audit->dir_count; i++) {
		if (path_is_under(audit->dirs[i], path))
			return true;
	}
	return false;
}

static bool is_python_package(const char *stem)
{
	return text_eq(stem, "__init__") || text_eq(stem, "__main__");
}

const char *audit_label(struct arena *arena, const char *path)
{
	char *label = path_stem(arena, path);
	const char *dir = path_dir(arena, path);

	if (is_python_package(label) && !text_eq(dir, "."))
		label = arena_fmt(
			arena, "%s%s", path_base(dir), text_eq(label, "__main__") ? "_main" : "");
	for (char *p = label; *p; p++) {
		bool is_plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
				(*p >= '0' && *p <= '9');
		if (!is_plain)
			*p = '_';
	}
	return label;
}

/* A key that the stage does not have: with the directory in front, or a number behind. */
static const char *new_key(struct audit *audit, const char *role, const char *path)
{
	struct arena *arena = &audit->running->arena;
	const char *label = audit_label(arena, path), *dir = path_dir(arena, path);
	const char *key = arena_fmt(arena, "%s.%s", role, label);

	if (is_python_package(path_stem(arena, path)))
		dir = path_dir(arena, dir);
	if (map_get(&audit->keys, key) != NONE && !text_eq(dir, ".")) {
		label = arena_fmt(arena, "%s_%s", audit_label(arena, dir), label);
		key = arena_fmt(arena, "%s.%s", role, label);
	}
	for (unsigned n = 2; map_get(&audit->keys, key) != NONE; n++)
		key = arena_fmt(arena, "%s.%s_%u", role, label, n);
	map_put(&audit->keys, key, 1);
	return key;
}

static void note_keys(struct audit *audit)
{
	static const char *const roles[] = {"input", "output", "intermediate"};
	const struct graph *graph = audit->run->graph;
	const struct stage *s = &graph->stages[audit->running->stage];
	uint32_t count = s->input_count + s->output_count + s->intermediate_count;

	for (uint32_t i = 0; i < count; i++) {
		const struct label *label = &graph->labels[graph->uses[s->first_use + i].label];
		map_put(&audit->keys,
			arena_fmt(&audit->running->arena, "%s.%s", roles[label->role],
				graph_text(graph, label->name)),
			1);
	}
}

/* What Python keeps of a module is none of the stage's files: its source is. NULL: nothing is. */
static const char *without_cache(struct arena *arena, const char *path)
{
	const char *dir = path_dir(arena, path), *base = path_base(path);

	if (!text_ends(base, ".pyc"))
		return text_eq(path_base(dir), "__pycache__") ? NULL : path;
	if (!text_eq(path_base(dir), "__pycache__"))
		return NULL;
	char *module = arena_strndup(arena, base, strcspn(base, "."));
	return path_join(arena, path_dir(arena, dir), arena_fmt(arena, "%s.py", module));
}

/* The module with which Python stages report, and the one that imports it: what they are has no
 * part in what a stage makes, so they say of themselves that they are no inputs. */
static bool is_stageio(const char *path)
{
	struct buf text BUF_LOCAL = {0};

	return text_ends(path, ".py") && fs_read(path, MODULE_MAX, &text, NULL) == 0 &&
	       strstr(buf_text(&text), "\n_IS_STAGEIO = True");
}

static void tell(struct audit *audit, const char *path, bool is_write)
{
	struct running *running = audit->running;

	if (map_get(&audit->told, path) != NONE)
		return;
	map_put(&audit->told, arena_strdup(&running->arena, path), 1);
	audit->run->totals.audit_findings++;
	if (is_write)
		running_warn(audit->run, running,
			"wrote '%s', which is outside of its outputs; declare it: %s = {{root}}/%s",
			path, new_key(audit, "output", path), path);
	else if (!missing_edge_tell(audit->run, running, path))
		running_warn(audit->run, running,
			"read '%s', which is not declared; declare it: %s = %s", path,
			new_key(audit, "input", path), path);
}

static void take_open(struct audit *audit, const char *full, bool is_write)
{
	struct running *running = audit->running;
	const struct graph *graph = audit->run->graph;
	const char *below = path_below(audit->root, full);
	const char *path = below ? below : full;
	struct fs_stat stat;

	if (!below && !audit->run->options->audit_system)
		return;
	const char *source = without_cache(&running->arena, path);
	if (!source || (source != path && is_write))
		return;
	path = source;
	if (!*path || path_is_under(running->dir, path) || is_declared(audit, path))
		return;
	/* The runner's own, and what is no file: devices, pipes, directories that were only
	 * listed. */
	const char *in_job = path_below(graph_text(graph, graph->job_dir), path);
	if (in_job && (path_is_under(JOB_STATE, in_job) || path_is_under(JOB_LOGS, in_job)))
		return;
	if (fs_stat(path, &stat, NULL) < 0 || stat.type != 'f')
		return;
	if (!below && (text_starts(path, "/proc/") || text_starts(path, "/sys/") ||
			      text_starts(path, "/dev/")))
		return;
	if (is_write || !is_stageio(path))
		tell(audit, path, is_write);
}

static void take_line(struct audit *audit, const char *line, size_t len)
{
	/* "... = 3</path>": the last " = " of the line, since a path cannot hold an unescaped
	 * '>' */
	const char *result = NULL;

	for (size_t i = len; i >= 4 && !result; i--) {
		if (memcmp(line + i - 4, ") = ", 4) == 0)
			result = line + i;
	}
	if (!result || *result == '-')
		return;
	const char *open = memchr(result, '<', (size_t)(line + len - result));
	if (!open || line[len - 1] != '>')
		return;
	char *path =
		decode(&audit->running->arena, open + 1, (size_t)(line + len - 1 - (open + 1)));
	bool is_write = memmem(line, (size_t)(result - line), "O_WRONLY", 8) ||
			memmem(line, (size_t)(result - line), "O_RDWR", 6) ||
			text_starts(line, "creat(");
	take_open(audit, path, is_write);
}

static int take_trace(void *ctx, const char *rel, char type)
{
	struct audit *audit = ctx;
	struct arena *arena = &audit->running->arena;
	struct buf text BUF_LOCAL = {0};

	if (type != 'f')
		return 0;
	const char *dir = stage_path(arena, audit->running->own_dir, WORK_TRACE);
	if (fs_read(stage_path(arena, dir, rel), TRACE_MAX, &text, NULL) == 0) {
		for (const char *p = buf_text(&text), *end = p + text.len; p < end;) {
			const char *eol = memchr(p, '\n', (size_t)(end - p));
			size_t len = eol ? (size_t)(eol - p) : (size_t)(end - p);
			take_line(audit, p, len);
			p += len + 1;
		}
	}
	return 0;
}

static void add_known(struct audit *audit, const char *path)
{
	struct fs_stat stat;

	map_put(&audit->known, path, 1);
	if (fs_stat(path, &stat, NULL) == 0 && stat.type == 'd')
		MEM_PUSH(audit->dirs, audit->dir_count, audit->dir_cap, path);
	/* A link's target is what the trace shows. */
	char *real MEM_LOCAL = realpath(path, NULL);
	const char *below = real ? path_below(audit->root, real) : NULL;
	if (real)
		map_put(&audit->known,
			arena_strdup(&audit->running->arena, below && *below ? below : real), 1);
}

int audit_report(struct run *run, struct running *running, struct err *err)
{
	const struct graph *graph = run->graph;
	struct audit audit = {.run = run, .running = running};
	char *root MEM_LOCAL = realpath(".", NULL);

	audit.root = root ? root : graph_text(graph, graph->root);
	for (uint32_t i = 0; i < running->attempt.file_count; i++)
		add_known(&audit, running->attempt.files[i].path);
	for (uint32_t i = 0; i < graph->source_count; i++) {
		if (graph->sources[i].kind == SOURCE_DEFINITION)
			map_put(&audit.known, graph_text(graph, graph->sources[i].path), 1);
	}
	note_keys(&audit);
	const char *dir = stage_path(&running->arena, running->own_dir, WORK_TRACE);
	int status = fs_walk(dir, take_trace, &audit, err);
	if (status == 0)
		status = beneath_remove(running->own_fd, WORK_TRACE, dir, err);
	map_free(&audit.known);
	map_free(&audit.told);
	map_free(&audit.keys);
	free(audit.dirs);
	return status;
}

/* Files named in the command that the stage itself changes: `| tee -a runs.log`, `cp x y.csv`. They
 * are what it makes, not what it was made of; as inputs they would rerun it for ever.
 *
 * Whether a change during an attempt was the stage's or a user's cannot be seen. So the stage runs
 * once more, and what changes again while it does is its own. Programs are what users edit: they
 * stay inputs always. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "run/engine/context.h"

/* A time of the file system may lag behind the clock. */
#define CLOCK_STEP_NS 20000000

static bool begins_as_script(const char *path)
{
	char head[2] = {0};
	FILE *file = fopen(path, "rbe");
	bool is_script = file && fread(head, 1, sizeof head, file) == sizeof head &&
			 head[0] == '#' && head[1] == '!';

	if (file)
		fclose(file);
	return is_script;
}

static bool is_program(const struct attempt_file *file)
{
	static const char *const endings[] = {".sh", ".bash", ".zsh", ".py", ".pl", ".rb", ".js",
		".mjs", ".ts", ".R", ".r", ".jl", ".lua", ".awk", ".sed", ".jq", ".sql", ".m",
		".php", ".go", ".java", ".jar", ".c", ".cpp", ".rs", ".mk", ".nf", ".smk"};

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		if (text_ends(file->path, endings[i]))
			return true;
	}
	return (file->flags & RECORD_FILE_EXECUTABLE) || begins_as_script(file->path);
}

/* One that was not there before the last attempt: was it written while that went on? */
static bool was_born_in(const struct record_success *success, const struct stamp *before)
{
	int64_t end;

	if (!success->completed_at || clock_parse_iso(success->completed_at, &end) < 0)
		return false;
	int64_t begin = end - (int64_t)(success->duration_seconds * 1e9) - CLOCK_STEP_NS;
	return before->stat.ctime_ns >= begin && before->stat.ctime_ns <= end;
}

bool own_is_changed(struct run *run, const struct running *running, const struct attempt_file *file,
	uint32_t id, const struct stamp *before)
{
	const struct record_success *success = &run_record(run, running->stage)->success;
	const struct stage *stage = &run->graph->stages[running->stage];
	const struct digest *command = stage_key(run->graph, stage, KEY_COMMAND);

	/* What another stage makes is an input, whoever changes it. */
	if (file->origin != ORIGIN_COMMAND || run->graph->files[id].producer != NONE ||
		!success->is_known || !digest_eq(command, &success->key.part[RECORD_KEY_COMMAND]) ||
		is_program(file))
		return false;
	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *old = &success->files[i];
		if (old->role == ROLE_INPUT && strcmp(old->path, file->path) == 0)
			return old->flags & (RECORD_FILE_CHANGED | RECORD_FILE_OWN);
	}
	return was_born_in(success, before);
}

void own_take(struct run *run, struct running *running, struct attempt_file *file)
{
	const char *label = audit_label(&running->arena, file->path);

	file->flags |= RECORD_FILE_OWN;
	running_warn(run, running,
		"'%s', found in the command, changes each time while the stage runs: it counts as the "
		"stage's own file, not as an input; declare it: output.%s = {{root}}/%s and "
		"output.%s.update = yes, or write track_command = no, so that files named in the "
		"command are no inputs",
		file->path, label, file->path, label);
}

/* make, for one, leaves alone what it takes for good. A name without its placeholder is a file
 * where the command runs. */
const char *own_remedy(
	struct run *run, struct running *running, const struct attempt_file *file, bool is_there)
{
	const char *label = file->label ? file->label : "LABEL";
	const struct settings *settings = stage_settings(run->graph, running->stage);
	const char *base = path_base(file->path);

	if (is_there)
		return arena_fmt(&running->arena,
			": what was there before was left as it is; if the command itself decides "
			"whether to make it anew, write output.%s.update = yes",
			label);
	if (file->origin != ORIGIN_DECLARED || settings->dir || !fs_exists(base))
		return "";
	return arena_fmt(&running->arena,
		": there is a '%s' in the root, where the command ran; if that is it, write "
		"{{output.%s}} in the command",
		base, label);
}

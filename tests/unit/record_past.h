/* What happened before, written by hand: manifests of stages whose last attempt found everything as
 * it is now. They are text, so that writer and reader are not asked whether they agree. */
#ifndef RECORD_PAST_H
#define RECORD_PAST_H

#include "model_definition_test.h"

#include "base/arena.h"
#include "base/json_write.h"
#include "base/path.h"
#include "base/workers.h"
#include "record/manifest/key.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"

static struct arena arena; /* of the test that runs */

static inline int past_leave(void **state)
{
	arena_free(&arena);
	return def_leave(state);
}

#define TEST_PAST(name) cmocka_unit_test_setup_teardown(name, def_enter, past_leave)

/* --- what asks the program */

/* The identity of a stage as it is judged now; versions: what its version commands say. */
static inline struct record_key_set key_of(const char *stage, const char *const *versions)
{
	static const char *const silent[16];
	struct record_key_set key;

	key_make(graph, stage_id(stage), versions ? versions : silent, NULL, &key);
	return key;
}

static inline const char *variable_digest(const char *name, const char *value)
{
	struct digest digest = key_env_value(name, value);
	char text[DIGEST_TEXT_SIZE];

	digest_format(&digest, text);
	return arena_strdup(&arena, text);
}

/* A file as it is now, read. */
static inline struct stamp look_at(const char *path)
{
	struct err err = {0};
	struct workers *workers = workers_new(1, &err);
	struct stamps *stamps = stamps_new(graph, workers);
	uint32_t id = stamps_id(stamps, path);
	struct stamp stamp;

	stamps_look(stamps, &id, 1, true);
	stamp = *stamps_get(stamps, id);
	stamps_free(stamps);
	workers_free(workers);
	return stamp;
}

/* --- files */

/* Sets a file's time to so many seconds after 1970. */
static inline void set_time(const char *path, long seconds)
{
	struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Writes a file, and the directories above it, with a time that is the same each time. */
static inline void write_file(const char *path, const char *text)
{
	struct err err = {0};

	if (strchr(path, '/'))
		assert_int_equal(fs_mkdirs(path_dir(&arena, path), &err), 0);
	test_write(path, text);
	set_time(path, 1600000000);
}

static inline const char *read_text(const char *path)
{
	struct err err = {0};
	struct buf text = {0};
	const char *copy;

	if (fs_read(path, (size_t)1 << 26, &text, &err) < 0)
		fail_msg("%s", err.text);
	copy = arena_strdup(&arena, buf_text(&text));
	buf_free(&text);
	return copy;
}

/* The text with the first `old` in it replaced, which must be there. */
static inline const char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);

	if (!at)
		fail_msg("'%s' is not in:\n%s", old, text);
	return arena_fmt(&arena, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

/* The same text; of what is not, the first line that differs is shown: the whole is too long. */
static inline void assert_lines(const char *got, const char *want)
{
	size_t at = 0, line = 0;

	while (got[at] && got[at] == want[at]) {
		at++;
		line = got[at - 1] == '\n' ? at : line;
	}
	if (got[at] != want[at])
		fail_msg("'%.*s' instead of '%.*s'", (int)strcspn(got + line, "\n"), got + line,
			(int)strcspn(want + line, "\n"), want + line);
}

/* --- manifests */

static inline const char *manifest_path(const char *stage)
{
	return arena_fmt(&arena, "%s/manifest.json", text_of(stage_of(stage)->dir));
}

static inline const char *quoted(const char *text)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	const char *copy;

	json_write_name(&w, NULL, text);
	copy = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

/* A file of a manifest, as the file is now; more: further members, each behind a comma. */
static inline const char *entry_of(const char *path, enum file_track track, const char *more)
{
	static const char *const ways[] = {"", ", \"track\": \"time\"", ", \"track\": \"exists\""};
	struct stamp stamp = look_at(path);
	char sum[DIGEST_TEXT_SIZE];

	if (stamp.stat.type == 0)
		return arena_fmt(&arena,
			"{\"path\": %s, \"size_bytes\": 0, \"checksum\": null, "
			"\"mtime_ns\": null%s, \"missing\": true%s}",
			quoted(path), ways[track], more);
	digest_format(&stamp.sum, sum);
	return arena_fmt(&arena,
		"{\"path\": %s, \"size_bytes\": %llu, \"checksum\": %s, "
		"\"mtime_ns\": \"%lld\"%s%s}",
		quoted(path), (unsigned long long)stamp.size,
		track == TRACK_CONTENT ? quoted(sum) : "null", (long long)stamp.stat.mtime_ns,
		ways[track], more);
}

/* What a manifest says beyond what the definition says. */
struct past {
	const char *status;          /* NULL: "success" */
	const char *inputs;          /* further entries; NULL: none */
	const char *outputs;         /* the same */
	const char *members;         /* further members, each behind a comma */
	const char *const *versions; /* what the version commands said, in order */
};

static inline void add_entries(struct buf *out, const char *list, const char *stage,
	enum file_role role, const char *further)
{
	const struct stage *s = stage_of(stage);
	const char *separator = "";

	buf_fmt(out, ", \"%s\": [", list);
	for (uint32_t i = 0; i < stage_use_count(s); i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		const struct label *label = &graph->labels[use->label];

		if (label->role != role)
			continue;
		buf_fmt(out, "%s%s", separator,
			entry_of(file_path(graph, use->file), label->track,
				label->origin == ORIGIN_COMMAND ? ", \"origin\": \"command\""
								: ""));
		separator = ", ";
	}
	if (further)
		buf_fmt(out, "%s%s", separator, further);
	buf_str(out, "]");
}

static inline void add_env(struct buf *out, const char *stage)
{
	const struct stage *s = stage_of(stage);
	struct span names = settings_of(stage)->pass_env;
	const char *separator = "";

	buf_str(out, ", \"env\": {");
	for (uint32_t i = 0; i < s->env.count; i++) {
		const struct pair *pair = &graph->pairs[s->env.first + i];

		buf_fmt(out, "%s%s: \"%s\"", separator, quoted(text_of(pair->name)),
			variable_digest(text_of(pair->name), text_of(pair->value)));
		separator = ", ";
	}
	for (uint32_t i = 0; i < names.count; i++) {
		const char *name = text_of(graph->words[names.first + i]);

		buf_fmt(out, "%s%s: \"%s\"", separator, quoted(name),
			variable_digest(name, getenv(name)));
		separator = ", ";
	}
	buf_str(out, "}");
}

static inline void add_pairs(
	struct buf *out, const char *member, struct span span, const char *const *values)
{
	buf_fmt(out, ", \"%s\": {", member);
	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &graph->pairs[span.first + i];

		buf_fmt(out, "%s%s: %s", i ? ", " : "", quoted(text_of(pair->name)),
			quoted(values ? values[i] : text_of(pair->value)));
	}
	buf_str(out, "}");
}

static inline void add_key(struct buf *out, const char *stage, const char *const *versions)
{
	static const char *const parts[RECORD_KEY_COUNT] = {
		"command", "config", "env", "inputs", "definition", "tools"};
	struct record_key_set key = key_of(stage, versions);
	char text[DIGEST_TEXT_SIZE];

	buf_fmt(out, ", \"key\": {\"format\": %u", KEY_FORMAT);
	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		digest_format(&key.part[i], text);
		buf_fmt(out, ", \"%s\": \"%s\"", parts[i], text);
	}
	buf_str(out, "}");
}

/* The manifest of a stage that ran with everything as it is now. */
static inline const char *past_text(const char *stage, struct past past)
{
	static const char *const silent[] = {"", "", "", "", "", "", "", ""};
	struct buf out = {0};
	const char *copy;

	buf_fmt(&out,
		"{\"schema\": \"restage.manifest/1\", \"stage\": %s, \"status\": \"%s\", "
		"\"duration_seconds\": 2.5, \"timestamp\": \"2025-11-27T14:09:15.000000+00:00\", "
		"\"completed_at\": \"2025-11-27T14:09:17.500000+00:00\", \"stage_dir\": %s, "
		"\"run\": \"20251127_140915\", \"attempt\": 1, \"exit_code\": 0, \"command\": %s",
		quoted(stage), past.status ? past.status : "success",
		quoted(text_of(stage_of(stage)->dir)), quoted(command_of(stage)));
	add_entries(&out, "inputs", stage, ROLE_INPUT, past.inputs);
	add_entries(&out, "outputs", stage, ROLE_OUTPUT, past.outputs);
	add_entries(&out, "intermediate_files", stage, ROLE_INTERMEDIATE, NULL);
	add_pairs(&out, "config", stage_of(stage)->config, NULL);
	add_env(&out, stage);
	add_pairs(&out, "tools", stage_of(stage)->versions, past.versions ? past.versions : silent);
	add_key(&out, stage, past.versions);
	buf_fmt(&out, "%s}", past.members ? past.members : "");
	copy = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

static inline void write_past(const char *stage, struct past past)
{
	write_file(manifest_path(stage), past_text(stage, past));
}

/* It succeeded, and declares all that it uses. */
static inline void succeeded(const char *stage)
{
	write_past(stage, (struct past){0});
}

/* The last attempt came to `status` and left what was before; members: each behind a comma. */
static inline void became(const char *stage, const char *status, const char *members)
{
	const char *path = manifest_path(stage);
	const char *last = test_is_there(path)
				   ? arena_fmt(&arena, ", \"last_success\": %s", read_text(path))
				   : "";

	write_file(path, arena_fmt(&arena,
				 "{\"schema\": \"restage.manifest/1\", \"stage\": %s, "
				 "\"status\": \"%s\"%s%s}",
				 quoted(stage), status, members, last));
}

static inline void edit_manifest(const char *stage, const char *old, const char *new)
{
	const char *path = manifest_path(stage);

	write_file(path, replaced(read_text(path), old, new));
}

#endif

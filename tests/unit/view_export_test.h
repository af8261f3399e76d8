/* What the tests of exports share: runs written by hand, and what is made of them. */
#ifndef VIEW_EXPORT_TEST_H
#define VIEW_EXPORT_TEST_H

#include "base/map.h"
#include "record_past.h"
#include "view/export/export.h"

/* --- what asks for an export: all that knows its calls */

static inline const char *exported_as(const char *name, bool is_alive, const struct record *records)
{
	struct past_run *log;
	struct err err = {0};
	struct buf out = {0};
	const char *text;
	const struct export_format *format = export_formats;

	while (format->name && strcmp(format->name, name) != 0)
		format++;
	assert_non_null(format->name);
	if (past_read(&arena, "run.jsonl", &log, &err) < 0)
		fail_msg("%s", err.text);
	format->write(&out, &(struct export_run){log, graph, records, is_alive});
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	past_done(log);
	return text;
}

static inline const char *exported(const char *format)
{
	return exported_as(format, false, NULL);
}

/* --- runs, written by hand */

#define SUM "xxh3-128:000102030405060708090a0b0c0d0e0f"
#define START(at, stage, attempt) \
	"{\"event\": \"start\", \"at\": " at ", \"stage\": \"" stage "\", \"attempt\": " attempt \
	", \"reasons\": [{\"code\": \"never_ran\", \"about\": null, " \
	"\"message\": \"it never ran\"}], \"command\": \"work " stage "\"}\n"
#define END(event, at, stage, attempt, code, members) \
	"{\"event\": \"" event "\", \"at\": " at ", \"stage\": \"" stage \
	"\", \"attempt\": " attempt ", \"seconds\": 1.5, \"exit_code\": " code \
	", \"signal\": null" members "}\n"

static inline void write_events(const char *const *events)
{
	struct buf text = {0};

	buf_str(&text,
		"{\"event\": \"run_begin\", \"at\": 0, \"schema\": \"restage.run/1\", "
		"\"time\": \"2025-11-27T14:09:15.000000+00:00\", \"run\": \"20251127_140915\", "
		"\"pipeline\": \"subtitles\", \"job\": \"talk\", \"version\": \"1.0\", "
		"\"host\": \"h\", \"pid\": 7, \"processors\": 2, \"selected\": 5, "
		"\"stages\": 5, \"log\": \"out/talk/logs/99_pipeline_20251127_140915.log\", "
		"\"root\": \"/r\"}\n");
	for (; *events; events++)
		buf_str(&text, *events);
	write_file("run.jsonl", buf_text(&text));
	buf_free(&text);
}

/* The record of a run in which these events came one after the other. */
#define WRITE_RUN(...) write_events((const char *const[]){__VA_ARGS__, NULL})

#define FIVE \
	"[stage:demux]\ncommand = work\n[stage:asr]\ncommand = work\n[stage:mux]\n" \
	"command = work\n" \
	"[stage:words]\ncommand = work\n[stage:extra]\ncommand = work\nenabled = no\n"

/* One of each: up to date, disabled, done, failed after a retry, blocked. */
static inline void small_run(void)
{
	load_good(FIVE);
	WRITE_RUN("{\"event\": \"fresh\", \"at\": 0.5, \"stages\": [\"words\"]}\n",
		"{\"event\": \"skip\", \"at\": 0.5, \"stage\": \"extra\", "
		"\"reason\": \"disabled\"}\n",
		START("1", "demux", "1"),
		"{\"event\": \"sample\", \"at\": 1.5, \"stage\": \"demux\", \"attempt\": 1, "
		"\"seconds\": 0.5, \"resources\": {\"memory_mb\": 10, \"cpu_percent\": 50}}\n",
		"{\"event\": \"warning\", \"at\": 1.6, \"stage\": \"demux\", "
		"\"text\": \"slow disk\"}\n",
		END("done", "2.5", "demux", "1", "0",
			", \"resources\": {\"cpu_user_seconds\": 1, \"cpu_system_seconds\": 0.25, "
			"\"memory_mb\": 12.5}, \"cost\": 0.25, \"currency\": \"EUR\", "
			"\"config\": {\"rate\": \"16000\"}, \"tools\": {\"ffmpeg\": \"5\"}, "
			"\"inputs\": [[\"in/a.mp4\", \"" SUM "\", 100, \"1764252555000000000\"]], "
			"\"outputs\": [[\"out/talk/01_demux/a.wav\", \"" SUM "\", 50, \"5\"]]"),
		START("2.5", "asr", "1"),
		END("retry", "3", "asr", "1", "3",
			", \"text\": \"exit code 3\", \"tail\": "
			"[\"first\"]"),
		START("3", "asr", "2"),
		END("fail", "4", "asr", "2", "1",
			", \"text\": \"model.bin: not found\", \"interrupted\": false, "
			"\"allowed\": false, \"tail\": [\"loading\", \"not found\"]"),
		"{\"event\": \"blocked\", \"at\": 4, \"stage\": \"mux\", \"by\": \"asr\"}\n",
		"{\"event\": \"run_end\", \"at\": 4.5, \"outcome\": \"failed\", "
		"\"seconds\": 4.5, \"ran\": 2, \"fresh\": 1, \"skipped\": 1, \"failed\": 1, "
		"\"blocked\": 1, \"interrupted\": 0, \"allowed_failures\": 0, "
		"\"cpu_seconds\": 1.25, \"saved_seconds\": 8, \"cost\": 0.25}\n");
}

/* Names and texts that mean something to each of the formats: as they stand in the record (the last
 * is byte 0xff of a file's name), and as formats hold them before they quote them. */
#define HOSTILE "a\\\"<&>'%,;{}\\\\x\\n\\u001b[31mred\xee\xbf\xbf"
#define HOSTILE_NAME "a\"<&>'%,;{}\\x\n\033[31mred\xee\xbf\xbf"

static inline void hostile_run(void)
{
	load_good(FIVE);
	WRITE_RUN(START("1", HOSTILE, "1"),
		"{\"event\": \"warning\", \"at\": 1, \"stage\": \"" HOSTILE
		"\", \"text\": \"" HOSTILE "\"}\n",
		END("fail", "2", HOSTILE, "1", "1",
			", \"text\": \"" HOSTILE "\", \"tail\": [\"]]>\", \"" HOSTILE "\"], "
			"\"config\": {\"" HOSTILE "\": \"" HOSTILE "\"}, "
			"\"inputs\": [[\"" HOSTILE "\", \"" SUM "\", 1, \"5\"]]"),
		"{\"event\": \"run_end\", \"at\": 3, \"outcome\": \"failed\", \"seconds\": 3}\n");
}

/* --- the tests' own words */

static inline json *parsed(const char *text)
{
	struct err err = {0};
	json *node = json_parse(text, strlen(text), &err);

	if (!node)
		fail_msg("%s in:\n%.2000s", err.text, text);
	return node;
}

static inline void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%.3000s", part, text);
}

static inline uint32_t count_of(const char *text, const char *part)
{
	uint32_t count = 0;

	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		count++;
	return count;
}

static inline void assert_text(const json *object, const char *key, const char *want)
{
	assert_string_equal(json_get_str(object, key, "(none)"), want);
}

#endif

/* Reading a manifest: what its members become, where its paths lie now, and what of nonsense. */
#include "record/manifest/record.h"

#include "record_past.h"

/* --- what asks the reader: all that knows its calls */

static struct record record;

static void parse_at(const char *stage, const char *dir, const char *text)
{
	record_parse(&arena, graph, stage_id(stage), dir, text, strlen(text), &record);
}

static void parse(const char *stage, const char *text)
{
	parse_at(stage, text_of(stage_of(stage)->dir), text);
}

static int load_from(const char *stage, const char *dir, struct err *err)
{
	return record_load(&arena, graph, stage_id(stage), dir, &record, err);
}

/* --- the tests' own words */

#define HEAD "{\"schema\": \"restage.manifest/1\", \"stage\": \"a\", "
#define SUM "xxh3-128:00112233445566778899aabbccddeeff"
#define KEY \
	"\"key\": {\"all\": \"" SUM "\", \"command\": \"" SUM "\", \"config\": \"" SUM \
	"\", \"env\": \"" SUM "\", \"inputs\": \"" SUM "\", \"definition\": \"" SUM \
	"\", \"tools\": \"" SUM "\"}"

static void stage_a(void)
{
	load_good("[stage:a]\ncommand = true\n");
}

/* A success of stage a with these members. */
static void parse_success(const char *members)
{
	parse("a", arena_fmt(&arena, HEAD "\"status\": \"success\", " KEY ", %s}", members));
	assert_int_equal(record.status, RECORD_SUCCESS);
}

/* "i path [flags]", a file a line: i, o, t for its role; of the success, or of the attempt. */
static const char *listed(const struct record_file *files, uint32_t count)
{
	static const char roles[] = "iot", origins[] = "dcpr", ways[] = "cte";
	struct buf out = {0};
	const char *text;

	for (uint32_t i = 0; i < count; i++)
		buf_fmt(&out, "%s%c%c%c %s%s%s%s%s", i ? "\n" : "", roles[files[i].role],
			origins[files[i].origin], ways[files[i].track], files[i].path,
			files[i].flags & RECORD_FILE_MISSING ? " missing" : "",
			files[i].flags & RECORD_FILE_NO_SUM ? " unread" : "",
			files[i].flags & RECORD_FILE_CHANGED ? " changed" : "",
			files[i].flags & RECORD_FILE_RETAINED ? " kept" : "");
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static void assert_files(const char *lines)
{
	assert_string_equal(listed(record.success.files, record.success.file_count), lines);
	assert_string_equal(listed(record.files, record.file_count), lines);
}

/* The path of the only input when the manifest says this one. */
static const char *input_path(const char *path)
{
	parse_success(arena_fmt(
		&arena, "\"stage_dir\": \"out/p/01_a\", \"inputs\": [{\"path\": %s}]", path));
	return record.success.file_count == 1 ? record.success.files[0].path : "none";
}

static void assert_unreadable(const char *text, const char *why)
{
	parse("a", text);
	assert_int_equal(record.status, RECORD_UNREADABLE);
	assert_string_equal(record.why_unreadable, why);
	assert_false(record.success.is_known);
	assert_int_equal(record.exit_code, -1);
}

/* --- members */

static void members_of_the_attempt_are_read(void **state)
{
	(void)state;
	stage_a();
	parse("a", HEAD
		"\"stage_number\": 1, \"timestamp\": \"2025-11-27T14:09:15.000000+00:00\", "
		"\"status\": \"failed\", \"duration_seconds\": 4.25, "
		"\"completed_at\": \"2025-11-27T14:09:19.250000+00:00\", \"pipeline\": \"p\", "
		"\"job\": \"p\", \"stage_dir\": \"out/p/01_a\", \"run\": \"20251127_140915\", "
		"\"attempt\": 2, \"command\": \"true\", \"exit_code\": 3, "
		"\"interrupted\": true, \"resources\": {\"memory_mb\": 12.5, \"cost\": 0.25}, "
		"\"errors\": [{\"message\": \"no\"}], \"warnings\": [{\"message\": \"first\"}, "
		"{\"message\": \"second\"}], \"untracked\": [\"out/p/01_a/./left\", "
		"\"out/p/01_a/over\"]}");
	assert_int_equal(record.status, RECORD_FAILED);
	assert_string_equal(record.timestamp, "2025-11-27T14:09:15.000000+00:00");
	assert_string_equal(record.completed_at, "2025-11-27T14:09:19.250000+00:00");
	assert_string_equal(record.run, "20251127_140915");
	assert_true(record.duration_seconds == 4.25);
	assert_true(money_in(record.costs, "") == 0.25);
	assert_int_equal(record.attempt, 2);
	assert_int_equal(record.exit_code, 3);
	assert_true(record.is_interrupted);
	assert_int_equal(record.warning_count, 2);
	assert_string_equal(record.warnings[1], "second");
	assert_int_equal(record.untracked_count, 2);
	assert_string_equal(record.untracked[0], "out/p/01_a/left");
	assert_null(record.skip_reason);
	assert_false(record.success.is_known);
}

static void members_that_a_stage_is_judged_by_are_read(void **state)
{
	const struct record_success *success = &record.success;

	(void)state;
	stage_a();
	parse_success("\"run\": \"20251127_140915\", \"completed_at\": "
		      "\"2025-11-27T14:09:19.250000+00:00\", \"duration_seconds\": 4.25, "
		      "\"command\": \"true\", \"config\": {\"text\": \"16\", \"number\": 16, "
		      "\"list\": [1, \"x\"], \"said\": true}, "
		      "\"reported_config\": [\"said\"], \"env\": {\"V\": \"" SUM "\"}, "
		      "\"tools\": {\"cc\": \"cc 1\\nlong\"}, \"resources\": {\"memory_mb\": 12.5}");
	assert_true(success->is_known);
	for (int i = 0; i < RECORD_KEY_COUNT; i++)
		assert_int_equal(success->key.part[i].bytes[1], 0x11);
	assert_string_equal(success->command, "true");
	assert_string_equal(success->run, "20251127_140915");
	assert_string_equal(success->completed_at, "2025-11-27T14:09:19.250000+00:00");
	assert_true(success->duration_seconds == 4.25 && success->memory_mb == 12.5);
	assert_int_equal(success->config_count, 4);
	assert_string_equal(success->config[0].name, "text");
	assert_string_equal(success->config[0].value, "16");
	assert_string_equal(success->config[1].value, "16");
	assert_string_equal(success->config[2].value, "[1, \"x\"]");
	assert_string_equal(success->config[3].value, "true");
	assert_false(success->config[2].is_reported);
	assert_true(success->config[3].is_reported);
	assert_int_equal(success->env_count, 1);
	assert_string_equal(success->env[0].name, "V");
	assert_string_equal(success->env[0].value, SUM);
	assert_int_equal(success->tool_count, 1);
	assert_string_equal(success->tools[0].value, "cc 1\nlong");
}

static void each_part_of_the_key_has_its_place(void **state)
{
	static const char *const parts[RECORD_KEY_COUNT] = {
		[RECORD_KEY_COMMAND] = "command",
		[RECORD_KEY_CONFIG] = "config",
		[RECORD_KEY_ENV] = "env",
		[RECORD_KEY_INPUTS] = "inputs",
		[RECORD_KEY_DEFINITION] = "definition",
		[RECORD_KEY_TOOLS] = "tools",
	};
	const char *text = HEAD "\"status\": \"success\", " KEY "}";

	(void)state;
	stage_a();
	for (int i = 0; i < RECORD_KEY_COUNT; i++) {
		const char *part = arena_fmt(&arena, "\"%s\": \"xxh3-128:00", parts[i]);

		parse("a",
			replaced(text, part, arena_fmt(&arena, "\"%s\": \"xxh3-128:ff", parts[i])));
		for (int k = 0; k < RECORD_KEY_COUNT; k++)
			assert_int_equal(record.success.key.part[k].bytes[0], k == i ? 0xff : 0);
		/* A key that lacks a part, or has it damaged, is none. */
		parse("a", replaced(text, part, "\"x\": \"xxh3-128:00"));
		assert_false(record.success.is_known);
		parse("a",
			replaced(text, part, arena_fmt(&arena, "\"%s\": \"xxh3-128:zz", parts[i])));
		assert_false(record.success.is_known);
	}
}

static void members_of_a_file_are_read(void **state)
{
	const struct record_file *file;

	(void)state;
	stage_a();
	parse_success(
		"\"inputs\": [{\"type\": \"video\", \"path\": \"in/a.mp4\", \"size_bytes\": 5, "
		"\"label\": \"video\", \"origin\": \"declared\", \"checksum\": \"" SUM "\", "
		"\"mtime_ns\": \"1764248956123456789\"}]");
	assert_files("idc in/a.mp4");
	file = record.success.files;
	assert_string_equal(file->label, "video");
	assert_int_equal(file->size, 5);
	assert_int_equal(file->mtime_ns, INT64_C(1764248956123456789));
	assert_int_equal(file->sum.bytes[15], 0xff);
}

static void files_are_listed_by_role_with_what_is_said_of_them(void **state)
{
	(void)state;
	stage_a();
	parse_success(
		"\"outputs\": [{\"path\": \"o\", \"checksum\": \"" SUM "\"}, "
		"{\"path\": \"r\", \"origin\": \"reported\", \"checksum\": \"" SUM "\"}], "
		"\"intermediate_files\": [{\"path\": \"kept\", \"retained\": true, "
		"\"checksum\": \"" SUM "\"}, "
		"{\"path\": \"gone\", \"retained\": false, \"checksum\": \"" SUM "\"}], "
		"\"inputs\": [{\"path\": \"c\", \"origin\": \"command\", \"checksum\": \"" SUM
		"\"}, {\"path\": \"p\", \"origin\": \"depfile\", \"checksum\": null, "
		"\"missing\": true}, {\"path\": \"t\", \"track\": \"time\", \"checksum\": null}, "
		"{\"path\": \"e\", \"track\": \"exists\", \"checksum\": null}, "
		"{\"path\": \"x\", \"checksum\": \"" SUM "\", \"changed_during_run\": true}, "
		"{\"path\": \"bad\", \"checksum\": \"md5:1\"}]");
	assert_files("icc c\nipc p missing unread\nidt t unread\nide e unread\nidc x changed\n"
		     "idc bad unread\n"
		     "odc o\norc r\ntdc kept kept\ntdc gone");
}

static void what_is_unknown_of_a_file_is_declared_and_by_content(void **state)
{
	(void)state;
	stage_a();
	parse_success(
		"\"inputs\": [{\"path\": \"x\", \"origin\": \"guessed\", \"track\": \"view\", "
		"\"checksum\": \"" SUM "\", \"new\": {\"a\": [1]}}]");
	assert_files("idc x");
	assert_string_equal(record.success.files[0].label, "");
}

static void unknown_members_are_passed_over(void **state)
{
	(void)state;
	stage_a();
	parse("a", HEAD "\"status\": \"success\", " KEY
			", \"phases\": [{\"name\": \"x\"}], \"views\": {}, "
			"\"segments_count\": 12, \"command\": \"true\"}");
	assert_true(record.success.is_known);
	assert_string_equal(record.success.command, "true");
}

static void each_status_is_known(void **state)
{
	static const struct {
		const char *name;
		enum record_status status;
		bool judges;
	} all[] = {
		{"success", RECORD_SUCCESS, true},
		{"failed", RECORD_FAILED, false},
		{"running", RECORD_RUNNING, false},
		{"skipped", RECORD_SKIPPED, true},
	};

	(void)state;
	stage_a();
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		parse("a", arena_fmt(&arena, HEAD "\"status\": \"%s\", " KEY "}", all[i].name));
		assert_int_equal(record.status, all[i].status);
		/* What did not succeed is nothing to judge by. */
		assert_int_equal(record.success.is_known, all[i].judges);
		assert_int_equal(record.exit_code, -1);
		assert_int_equal(record.attempt, 1);
	}
	assert_string_equal(record.skip_reason, "");
	parse("a", HEAD "\"status\": \"skipped\", \"reason\": \"disabled\"}");
	assert_string_equal(record.skip_reason, "disabled");
	assert_false(record.success.is_known);
}

/* --- the last success */

static void an_attempt_that_is_no_success_is_judged_by_the_last_one(void **state)
{
	static const char *const statuses[] = {"failed", "running", "skipped"};

	(void)state;
	stage_a();
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		parse("a", arena_fmt(&arena,
				   HEAD "\"status\": \"%s\", \"run\": \"20251128_000000\", "
					"\"command\": \"now\", \"inputs\": [{\"path\": \"now\"}], "
					"\"last_success\": {" KEY
					", \"run\": \"20251127_140915\", \"command\": \"then\", "
					"\"inputs\": [{\"path\": \"then\"}]}}",
				   statuses[i]));
		assert_true(record.success.is_known);
		assert_string_equal(record.run, "20251128_000000");
		assert_string_equal(record.success.run, "20251127_140915");
		assert_string_equal(record.success.command, "then");
		assert_string_equal(listed(record.files, record.file_count), "idc now unread");
		assert_string_equal(
			listed(record.success.files, record.success.file_count), "idc then unread");
	}
}

static void a_success_is_judged_by_itself(void **state)
{
	(void)state;
	stage_a();
	parse("a", HEAD "\"status\": \"success\", " KEY ", \"command\": \"now\", "
			"\"last_success\": {" KEY ", \"command\": \"then\"}}");
	assert_string_equal(record.success.command, "now");
}

static void a_last_success_without_a_key_is_none(void **state)
{
	(void)state;
	stage_a();
	parse("a", HEAD "\"status\": \"failed\", \"last_success\": {\"command\": \"then\"}}");
	assert_false(record.success.is_known);
	parse("a", HEAD "\"status\": \"failed\", \"last_success\": [1]}");
	assert_false(record.success.is_known);
	parse("a", HEAD "\"status\": \"failed\", \"last_success\": null}");
	assert_false(record.success.is_known);
}

/* Its own stage_dir says where its files were: the stage was renumbered between the attempts. */
static void a_last_success_lies_where_it_says(void **state)
{
	(void)state;
	stage_a();
	parse("a", HEAD
		"\"status\": \"failed\", \"stage_dir\": \"out/p/02_a\", "
		"\"outputs\": [{\"path\": \"out/p/02_a/o\"}], \"last_success\": {" KEY
		", \"stage_dir\": \"out/p/03_a\", \"outputs\": [{\"path\": \"out/p/03_a/o\"}]}}");
	assert_files("odc out/p/01_a/o unread");
}

/* --- places */

#define MOVED \
	"[stage:b]\ncommand = true\noutput.o = o\n[stage:a]\ncommand = true\ninput.o = {{b.o}}\n"

static void files_of_a_renumbered_stage_are_found(void **state)
{
	(void)state;
	load_good(MOVED);
	parse_success("\"stage_dir\": \"out/p/01_a\", \"outputs\": [{\"path\": "
		      "\"out/p/01_a/deep/o\"}, {\"path\": \"out/p/01_a\"}, "
		      "{\"path\": \"out/p/01_abc\"}, {\"path\": \"dist/o\"}], "
		      "\"inputs\": [{\"path\": \"out/p/05_b/o\"}, {\"path\": \"out/p/05_b\"}, "
		      "{\"path\": \"in/x\"}, {\"path\": \"/abs/x\"}]");
	assert_files(
		"idc out/p/01_b/o unread\nidc out/p/01_b unread\nidc in/x unread\n"
		"idc /abs/x unread\n"
		"odc out/p/02_a/deep/o unread\nodc out/p/02_a unread\nodc out/p/01_abc unread\n"
		"odc dist/o unread");
}

/* Looking finds the directory under its old number, and the files in it. */
static void files_are_given_where_the_directory_is_said_to_be(void **state)
{
	(void)state;
	load_good(MOVED);
	parse_at("a", "out/p/09_a",
		HEAD "\"status\": \"success\", " KEY ", \"stage_dir\": \"out/p/09_a\", "
		     "\"outputs\": [{\"path\": \"out/p/09_a/o\"}]}");
	assert_files("odc out/p/09_a/o unread");
}

static void files_of_a_renamed_or_copied_job_are_found(void **state)
{
	(void)state;
	load_good(MOVED);
	parse_success(
		"\"stage_dir\": \"elsewhere/old/02_a\", \"inputs\": [{\"path\": "
		"\"elsewhere/old/01_b/o\"}, {\"path\": \"elsewhere/old/07_gone/x\"}, "
		"{\"path\": \"elsewhere/old/notes\"}, {\"path\": \"elsewhere/oldest/01_b/o\"}], "
		"\"outputs\": [{\"path\": \"elsewhere/old/02_a/o\"}]");
	assert_files("idc out/p/01_b/o unread\nidc out/p/07_gone/x unread\nidc out/p/notes unread\n"
		     "idc elsewhere/oldest/01_b/o unread\nodc out/p/02_a/o unread");
}

static void files_of_instances_are_found(void **state)
{
	(void)state;
	load_good("[stage:c]\nforeach.e =\n    x\n    y\ncommand = true\noutput.o = o\n"
		  "[stage:a]\nforeach.e =\n    x\n    y\ncommand = true\ninput.o = {{c.o}}\n");
	parse("a/x", "{\"schema\": \"restage.manifest/1\", \"stage\": \"a/x\", "
		     "\"status\": \"success\", " KEY
		     ", \"stage_dir\": \"old/09_a/x\", \"inputs\": [{\"path\": \"old/04_c/x/o\"}, "
		     "{\"path\": \"old/04_c\"}, {\"path\": \"old/09_a/y/o\"}], "
		     "\"outputs\": [{\"path\": \"old/09_a/x/o\"}]}");
	assert_files("idc out/p/01_c/x/o unread\nidc out/p/01_c unread\nidc out/p/02_a/y/o unread\n"
		     "odc out/p/02_a/x/o unread");
}

/* Nothing can be told of where the job was, so nothing is moved. */
static void without_a_place_paths_stay(void **state)
{
	static const char *const dirs[] = {"\"\"", "null", "7", "\"a\"", "\"/a\""};

	(void)state;
	stage_a();
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		parse_success(arena_fmt(&arena,
			"\"stage_dir\": %s, \"inputs\": [{\"path\": \"01_b/o\"}, "
			"{\"path\": \"/01_b/o\"}]",
			dirs[i]));
		assert_files("idc 01_b/o unread\nidc /01_b/o unread");
	}
}

/* --- what is hostile or damaged */

static void hostile_paths_are_only_paths(void **state)
{
	(void)state;
	stage_a();
	assert_string_equal(input_path("\"./in//x/.\""), "in/x");
	assert_string_equal(input_path("\"in/../../../etc/passwd\""), "../../etc/passwd");
	assert_string_equal(input_path("\"/etc/../etc/passwd\""), "/etc/passwd");
	assert_string_equal(input_path("\"out/p/01_a/../../../../x\""), "../x");
	assert_string_equal(input_path("\"a\\nb\\u001b[31m\""), "a\nb\033[31m");
	assert_string_equal(input_path("\"\xee\xbf\xbf.txt\""), "\xff.txt");
	assert_string_equal(input_path("\"\""), "none");
	assert_string_equal(input_path("7"), "none");
	assert_string_equal(input_path("null"), "none");
	assert_string_equal(input_path("[\"x\"]"), "none");
}

static void entries_that_are_no_files_are_left_out(void **state)
{
	(void)state;
	stage_a();
	parse_success("\"inputs\": [1, null, \"x\", {}, [], {\"path\": \"y\", \"missing\": true, "
		      "\"retained\": true}, "
		      "{\"checksum\": \"" SUM "\", \"missing\": true}, {\"path\": \"z\"}], "
		      "\"outputs\": {\"path\": \"no\"}, \"intermediate_files\": \"no\"");
	assert_files("idc y missing unread kept\nidc z unread");
}

static void numbers_out_of_range_are_not_known(void **state)
{
	static const struct {
		const char *number;
		uint64_t size;
		int exit_code;
		uint32_t attempt;
	} all[] = {
		{"-1", 0, -1, 1},
		{"0", 0, 0, 1},
		{"255", 255, 255, 255},
		{"256", 256, -1, 256},
		{"8e15", UINT64_C(8000000000000000), -1, 1},
		{"1e300", 0, -1, 1},
		{"-1e300", 0, -1, 1},
		{"null", 0, -1, 1},
		{"\"5\"", 0, -1, 1},
		{"true", 0, -1, 1},
	};

	(void)state;
	stage_a();
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const char *n = all[i].number;

		parse_success(arena_fmt(&arena,
			"\"exit_code\": %s, \"attempt\": %s, \"inputs\": [{\"path\": \"x\", "
			"\"size_bytes\": %s}]",
			n, n, n));
		assert_int_equal(record.exit_code, all[i].exit_code);
		assert_int_equal(record.attempt, all[i].attempt);
		assert_int_equal(record.success.files[0].size, all[i].size);
	}
}

static void times_that_are_none_are_zero(void **state)
{
	static const char *const none[] = {
		"5", "\"\"", "\"1.5\"", "\"99999999999999999999\"", "\"12x\"", "null"};

	(void)state;
	stage_a();
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		parse_success(arena_fmt(
			&arena, "\"inputs\": [{\"path\": \"x\", \"mtime_ns\": %s}]", none[i]));
		assert_int_equal(record.success.files[0].mtime_ns, 0);
	}
	parse_success("\"inputs\": [{\"path\": \"x\", \"mtime_ns\": \"-5\"}]");
	assert_int_equal(record.success.files[0].mtime_ns, -5);
}

static void members_of_other_types_are_not_known(void **state)
{
	(void)state;
	stage_a();
	parse_success("\"run\": 7, \"timestamp\": [], \"completed_at\": {}, "
		      "\"duration_seconds\": \"4\", \"resources\": 5, \"interrupted\": \"yes\", "
		      "\"warnings\": {\"a\": 1}, \"errors\": 3, \"untracked\": [1, null, \"\", "
		      "\"x\"], \"config\": [1], \"env\": \"no\", \"tools\": null, "
		      "\"reported_config\": \"said\", \"command\": 5");
	assert_string_equal(record.run, "");
	assert_string_equal(record.timestamp, "");
	assert_string_equal(record.success.command, "");
	assert_true(record.duration_seconds == 0 && !record.costs);
	assert_false(record.is_interrupted);
	assert_int_equal(record.warning_count, 0);
	assert_int_equal(record.untracked_count, 1);
	assert_string_equal(record.untracked[0], "x");
	assert_int_equal(
		record.success.config_count + record.success.env_count + record.success.tool_count,
		0);
	parse_success("\"warnings\": [7, {\"message\": 8}, {\"message\": \"real\"}]");
	assert_int_equal(record.warning_count, 3);
	assert_string_equal(record.warnings[0], "");
	assert_string_equal(record.warnings[2], "real");
}

static void what_cannot_be_used_says_why(void **state)
{
	(void)state;
	stage_a();
	assert_unreadable("[]", "it is no JSON object");
	assert_unreadable("\"text\"", "it is no JSON object");
	assert_unreadable("{}", "its schema is '', this program reads restage.manifest/1");
	assert_unreadable("{\"schema\": \"restage.manifest/2\", \"stage\": \"a\", "
			  "\"status\": \"success\", " KEY "}",
		"its schema is 'restage.manifest/2', this program reads restage.manifest/1");
	assert_unreadable(
		"{\"schema\": 1}", "its schema is '', this program reads restage.manifest/1");
	assert_unreadable("{\"schema\": \"restage.manifest/1\", \"stage\": \"b\", "
			  "\"status\": \"success\", " KEY "}",
		"it is of stage 'b'");
	assert_unreadable("{\"schema\": \"restage.manifest/1\", \"status\": \"success\"}",
		"it is of stage ''");
	assert_unreadable(HEAD KEY "}", "its status is none of running, success, failed, skipped");
	assert_unreadable(HEAD "\"status\": \"Success\", " KEY "}",
		"its status is none of running, success, failed, skipped");
}

static void each_cut_of_a_manifest_is_unreadable(void **state)
{
	const char *text =
		HEAD "\"status\": \"success\", " KEY ", \"inputs\": [{\"path\": \"x\"}]}";
	size_t len = strlen(text);

	(void)state;
	stage_a();
	for (size_t i = 0; i < len; i++) {
		record_parse(&arena, graph, 0, "out/p/01_a", text, i, &record);
		assert_int_equal(record.status, RECORD_UNREADABLE);
		assert_true(*record.why_unreadable && !strchr(record.why_unreadable, '\n'));
	}
}

/* --- the file */

static void a_manifest_is_read_from_the_directory_that_is_named(void **state)
{
	struct err err = {0};

	(void)state;
	stage_a();
	write_file("out/p/07_a/manifest.json", HEAD "\"status\": \"failed\", \"exit_code\": 4}");
	assert_int_equal(load_from("a", "out/p/07_a", &err), 0);
	assert_int_equal(record.status, RECORD_FAILED);
	assert_int_equal(record.exit_code, 4);
}

static void a_missing_manifest_is_no_error(void **state)
{
	struct err err = {0};

	(void)state;
	stage_a();
	assert_int_equal(load_from("a", "out/p/01_a", &err), 0);
	assert_int_equal(record.status, RECORD_NONE);
	assert_int_equal(record.exit_code, -1);
	write_file("file", "");
	assert_int_equal(
		load_from("a", "file", &err), 0); /* a file where the directory should be */
	assert_int_equal(record.status, RECORD_NONE);
	assert_int_equal(err.code, EXIT_OK);
}

static void what_is_no_file_is_unreadable_and_holds_nobody_up(void **state)
{
	struct err err = {0};

	(void)state;
	stage_a();
	assert_int_equal(fs_mkdirs("out/p/01_a/manifest.json", &err), 0);
	assert_int_equal(load_from("a", "out/p/01_a", &err), 0);
	assert_int_equal(record.status, RECORD_UNREADABLE);
	assert_int_equal(rmdir("out/p/01_a/manifest.json"), 0);
	assert_int_equal(mkfifo("out/p/01_a/manifest.json", 0600), 0);
	assert_int_equal(load_from("a", "out/p/01_a", &err), 0);
	assert_int_equal(record.status, RECORD_UNREADABLE);
	assert_true(*record.why_unreadable);
	write_file("empty/manifest.json", "");
	assert_int_equal(load_from("a", "empty", &err), 0);
	assert_int_equal(record.status, RECORD_UNREADABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(members_of_the_attempt_are_read),
		TEST_PAST(members_that_a_stage_is_judged_by_are_read),
		TEST_PAST(each_part_of_the_key_has_its_place),
		TEST_PAST(members_of_a_file_are_read),
		TEST_PAST(files_are_listed_by_role_with_what_is_said_of_them),
		TEST_PAST(what_is_unknown_of_a_file_is_declared_and_by_content),
		TEST_PAST(unknown_members_are_passed_over),
		TEST_PAST(each_status_is_known),
		TEST_PAST(an_attempt_that_is_no_success_is_judged_by_the_last_one),
		TEST_PAST(a_success_is_judged_by_itself),
		TEST_PAST(a_last_success_without_a_key_is_none),
		TEST_PAST(a_last_success_lies_where_it_says),
		TEST_PAST(files_of_a_renumbered_stage_are_found),
		TEST_PAST(files_are_given_where_the_directory_is_said_to_be),
		TEST_PAST(files_of_a_renamed_or_copied_job_are_found),
		TEST_PAST(files_of_instances_are_found),
		TEST_PAST(without_a_place_paths_stay),
		TEST_PAST(hostile_paths_are_only_paths),
		TEST_PAST(entries_that_are_no_files_are_left_out),
		TEST_PAST(numbers_out_of_range_are_not_known),
		TEST_PAST(times_that_are_none_are_zero),
		TEST_PAST(members_of_other_types_are_not_known),
		TEST_PAST(what_cannot_be_used_says_why),
		TEST_PAST(each_cut_of_a_manifest_is_unreadable),
		TEST_PAST(a_manifest_is_read_from_the_directory_that_is_named),
		TEST_PAST(a_missing_manifest_is_no_error),
		TEST_PAST(what_is_no_file_is_unreadable_and_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

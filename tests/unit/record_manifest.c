/* Writing a manifest: its bytes, the order of its members, what is kept of the success before. */
#include "record/manifest/attempt.h"

#include "base/json.h"
#include "record/manifest/manifest_read.h"
#include "record_past.h"

/* --- what asks the writer: all that knows its calls, and how an attempt is put together */

static struct attempt attempt;
static struct attempt_file files[4];

/* One of stage a that ended well and used nothing. */
static void begin_attempt(void)
{
	attempt = (struct attempt){
		.graph = graph,
		.stage = stage_id("a"),
		.number = 1,
		.run = "20251127_140915",
		.started_ns = INT64_C(1764252555000001000), /* 2025-11-27 14:09:15.000001 UTC */
		.ended_ns = INT64_C(1764252559250000000),
		.duration_seconds = 4.25,
		.status = RECORD_SUCCESS,
		.command = "true",
		.files = files,
		.resources = attempt_nothing_known,
	};
	memset(files, 0, sizeof files);
}

static struct attempt_file *add_file(enum file_role role, const char *path)
{
	struct attempt_file *file = &files[attempt.file_count++];

	*file = (struct attempt_file){
		.path = path,
		.type = "data",
		.sum = digest_bytes("x", 1),
		.size = 1,
		.mtime_ns = 5,
		.role = (uint8_t)role,
	};
	return file;
}

static json *parsed(const char *text)
{
	json *object = json_parse(text, strlen(text), NULL);

	assert_non_null(object);
	return object;
}

static const char *written(void)
{
	struct buf out = {0};
	const char *text;

	manifest_format(&attempt, &out);
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static void end_attempt(void)
{
	attempt_free_json(&attempt);
}

/* What a manifest that follows the one in `dir` keeps of the last success, on one line; "none". */
static const char *kept_of(const char *dir)
{
	json *last = manifest_last_success(dir);
	struct buf out = {0};
	const char *text = "none";

	if (last) {
		json_format_line(last, &out);
		text = arena_strdup(&arena, buf_text(&out));
	}
	buf_free(&out);
	json_free(last);
	return text;
}

/* --- the tests' own words */

static void one_stage(void)
{
	load_good("[stage:a]\ncommand = true\n");
	begin_attempt();
}

/* A member of what is written, on one line; "absent" where there is none. */
static const char *member(const char *name)
{
	json *manifest = parsed(written());
	const json *node = json_get(manifest, name);
	struct buf out = {0};
	const char *text = "absent";

	if (node) {
		json_format_line(node, &out);
		text = arena_strdup(&arena, buf_text(&out));
	}
	buf_free(&out);
	json_free(manifest);
	return text;
}

/* "schema stage ...": the names of an object's members as they stand. */
static const char *names_in(const json *object)
{
	struct buf out = {0};
	const char *text;

	for (const json *node = json_first(object); node; node = json_next(node))
		buf_fmt(&out, "%s%s", out.len ? " " : "", json_key(node));
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const char *member_names(void)
{
	json *manifest = parsed(written());
	const char *names = names_in(manifest);

	json_free(manifest);
	return names;
}

#define ALL_MEMBERS \
	"schema stage stage_number timestamp status duration_seconds completed_at pipeline job " \
	"stage_dir run attempt command exit_code reasons inputs outputs intermediate_files " \
	"config env tools resources errors " \
	"warnings"

/* --- bytes */

static void fill_full(void)
{
	static const struct reason reasons[] = {
		{REASON_CONFIG_CHANGED, "rate", "config rate changed from '8000' to '16000'"},
		{REASON_NEVER_RAN, NULL, "it never ran"},
	};
	static struct attempt_note errors[] = {
		{INT64_C(1764252557000000000), "bad frame", "ValueError", "at 7"},
		{INT64_C(1764252558000000000), "plain", NULL, NULL},
	};
	static struct attempt_note warnings[] = {
		{INT64_C(1764252556500000000), "slow", NULL, NULL}};
	static const char *const untracked[] = {"out/p/01_a/left"};
	static const char *const versions[] = {"ffmpeg 5\nbuilt"};
	static struct attempt_cost costs[] = {{.amount = 0.25, .currency = "EUR", .what = "calls"}};
	struct attempt_file *file;

	attempt.command = "ffmpeg -i in/v.mp4 out/p/01_a/a.wav";
	attempt.reasons = reasons;
	attempt.reason_count = 2;
	attempt.errors = errors;
	attempt.error_count = 2;
	attempt.warnings = warnings;
	attempt.warning_count = 1;
	attempt.untracked = untracked;
	attempt.untracked_count = 1;
	attempt.version_outputs = versions;
	attempt.resources = (struct attempt_resources){.cpu_user_seconds = 1.23456789,
		.cpu_system_seconds = 0.5,
		.cpu_percent = 40.84,
		.memory_mb = 312.06,
		.read_mb = 10.0004,
		.written_mb = 0};
	attempt.has_key = true;
	for (uint8_t i = 0; i < RECORD_KEY_COUNT; i++)
		attempt.key.part[i] = digest_bytes(&i, 1);
	file = add_file(ROLE_INPUT, "in/v.mp4");
	file->type = "video";
	file->label = "video";
	file->size = 1234567;
	file->mtime_ns = INT64_C(1764248956123456789);
	file = add_file(ROLE_OUTPUT, "out/p/01_a/a.wav");
	file->label = "audio";
	file->meta = label_of("a", 1)->meta;
	file->reported = parsed("{\"frames\": 12, \"rate\": 8000}");
	file = add_file(ROLE_INTERMEDIATE, "out/p/01_a/cache");
	file->label = "cache";
	file->reason = "Model cache for faster subsequent runs";
	file->flags = RECORD_FILE_RETAINED;
	attempt.reported_config = parsed("{\"rate\": 8000, \"seen\": 3}");
	attempt.reported_resources = parsed("{\"memory_mb\": 1, \"gpu_percent\": 55.5}");
	attempt.costs = costs;
	attempt.cost_count = 1;
	money_add(&attempt.money, "EUR", 0.25);
	attempt.extra = parsed("{\"segments_count\": 4, \"status\": \"mine\"}");
}

static const char full_text[] =
	"{\n"
	"  \"schema\": \"restage.manifest/1\",\n"
	"  \"stage\": \"a\",\n"
	"  \"stage_number\": 1,\n"
	"  \"timestamp\": \"2025-11-27T14:09:15.000001+00:00\",\n"
	"  \"status\": \"success\",\n"
	"  \"duration_seconds\": 4.25,\n"
	"  \"completed_at\": \"2025-11-27T14:09:19.250000+00:00\",\n"
	"  \"pipeline\": \"subtitles\",\n"
	"  \"job\": \"p\",\n"
	"  \"stage_dir\": \"out/p/01_a\",\n"
	"  \"run\": \"20251127_140915\",\n"
	"  \"attempt\": 1,\n"
	"  \"command\": \"ffmpeg -i in/v.mp4 out/p/01_a/a.wav\",\n"
	"  \"exit_code\": 0,\n"
	"  \"reasons\": [\n"
	"    {\n"
	"      \"code\": \"config_changed\",\n"
	"      \"about\": \"rate\",\n"
	"      \"message\": \"config rate changed from '8000' to '16000'\"\n"
	"    },\n"
	"    {\n"
	"      \"code\": \"never_ran\",\n"
	"      \"about\": null,\n"
	"      \"message\": \"it never ran\"\n"
	"    }\n"
	"  ],\n"
	"  \"inputs\": [\n"
	"    {\n"
	"      \"type\": \"video\",\n"
	"      \"path\": \"in/v.mp4\",\n"
	"      \"size_bytes\": 1234567,\n"
	"      \"label\": \"video\",\n"
	"      \"origin\": \"declared\",\n"
	"      \"checksum\": \"xxh3-128:5c7401c0ec22eeeeeaf06c6480b2cd11\",\n"
	"      \"mtime_ns\": \"1764248956123456789\"\n"
	"    }\n"
	"  ],\n"
	"  \"outputs\": [\n"
	"    {\n"
	"      \"type\": \"data\",\n"
	"      \"path\": \"out/p/01_a/a.wav\",\n"
	"      \"size_bytes\": 1,\n"
	"      \"rate\": 8000,\n"
	"      \"codec\": \"pcm\",\n"
	"      \"frames\": 12,\n"
	"      \"label\": \"audio\",\n"
	"      \"origin\": \"declared\",\n"
	"      \"checksum\": \"xxh3-128:5c7401c0ec22eeeeeaf06c6480b2cd11\",\n"
	"      \"mtime_ns\": \"5\"\n"
	"    }\n"
	"  ],\n"
	"  \"intermediate_files\": [\n"
	"    {\n"
	"      \"type\": \"intermediate\",\n"
	"      \"path\": \"out/p/01_a/cache\",\n"
	"      \"retained\": true,\n"
	"      \"reason\": \"Model cache for faster subsequent runs\",\n"
	"      \"size_bytes\": 1,\n"
	"      \"label\": \"cache\",\n"
	"      \"origin\": \"declared\",\n"
	"      \"checksum\": \"xxh3-128:5c7401c0ec22eeeeeaf06c6480b2cd11\",\n"
	"      \"mtime_ns\": \"5\"\n"
	"    }\n"
	"  ],\n"
	"  \"config\": {\n"
	"    \"rate\": \"16000\",\n"
	"    \"seen\": 3\n"
	"  },\n"
	"  \"reported_config\": [\n"
	"    \"seen\"\n"
	"  ],\n"
	"  \"conflicting_config\": {\n"
	"    \"rate\": 8000\n"
	"  },\n"
	"  \"env\": {\n"
	"    \"MODE\": \"xxh3-128:eb148b04932c0a22fb2f6c939af2f6ec\",\n"
	"    \"RESTAGE_TEST_A\": \"xxh3-128:4d89cc2651da7fb29e5b566c5872daad\"\n"
	"  },\n"
	"  \"tools\": {\n"
	"    \"ffmpeg\": \"ffmpeg 5\\nbuilt\"\n"
	"  },\n"
	"  \"resources\": {\n"
	"    \"cpu_user_seconds\": 1.234568,\n"
	"    \"cpu_system_seconds\": 0.5,\n"
	"    \"cpu_percent\": 40.8,\n"
	"    \"memory_mb\": 312.1,\n"
	"    \"read_mb\": 10,\n"
	"    \"written_mb\": 0,\n"
	"    \"gpu_percent\": 55.5,\n"
	"    \"cost\": 0.25,\n"
	"    \"currency\": \"EUR\",\n"
	"    \"costs\": [\n"
	"      {\n"
	"        \"amount\": 0.25,\n"
	"        \"currency\": \"EUR\",\n"
	"        \"what\": \"calls\"\n"
	"      }\n"
	"    ]\n"
	"  },\n"
	"  \"errors\": [\n"
	"    {\n"
	"      \"timestamp\": \"2025-11-27T14:09:17.000000+00:00\",\n"
	"      \"message\": \"bad frame\",\n"
	"      \"exception_type\": \"ValueError\",\n"
	"      \"exception_detail\": \"at 7\"\n"
	"    },\n"
	"    {\n"
	"      \"timestamp\": \"2025-11-27T14:09:18.000000+00:00\",\n"
	"      \"message\": \"plain\",\n"
	"      \"exception_type\": null,\n"
	"      \"exception_detail\": null\n"
	"    }\n"
	"  ],\n"
	"  \"warnings\": [\n"
	"    {\n"
	"      \"timestamp\": \"2025-11-27T14:09:16.500000+00:00\",\n"
	"      \"message\": \"slow\"\n"
	"    }\n"
	"  ],\n"
	"  \"key\": {\n"
	"    \"format\": 2,\n"
	"    \"all\": \"xxh3-128:db6acfdb349113a00ea4f5f9a7702818\",\n"
	"    \"command\": \"xxh3-128:a6cd5e9392000f6ac44bdff4074eecdb\",\n"
	"    \"config\": \"xxh3-128:51025a4491835505e12ef9d2eb86ceeb\",\n"
	"    \"env\": \"xxh3-128:e3ab152fcb1762bfc9f42e6c9e93dfff\",\n"
	"    \"inputs\": \"xxh3-128:22bbb76b211a39ba13e608bc156defed\",\n"
	"    \"definition\": \"xxh3-128:2ff39367394f506c73b2284b32bf8672\",\n"
	"    \"tools\": \"xxh3-128:e1325e21416bcdb2929e358d27ae3ee2\"\n"
	"  },\n"
	"  \"untracked\": [\n"
	"    \"out/p/01_a/left\"\n"
	"  ],\n"
	"  \"segments_count\": 4\n"
	"}\n";

static void load_full(void)
{
	write_file("in/v.mp4", "x");
	unsetenv("RESTAGE_TEST_A");
	load_good("[pipeline]\nname = subtitles\njob = p\n"
		  "[stage:a]\ncommand = ffmpeg -i {{input.video}} {{output.audio}}\n"
		  "input.video = in/v.mp4\n"
		  "output.audio = a.wav\noutput.audio.rate = 16000\noutput.audio.codec = pcm\n"
		  "intermediate.cache = cache\nconfig.rate = 16000\nenv.MODE = fast\n"
		  "pass_env = RESTAGE_TEST_A\n"
		  "version.ffmpeg = ffmpeg -version\n");
	begin_attempt();
	fill_full();
}

static void a_full_attempt_has_these_bytes(void **state)
{
	(void)state;
	load_full();
	assert_lines(written(), full_text);
	end_attempt();
}

static void members_stand_in_the_seeds_order(void **state)
{
	static const char *const seed[] = {"stage", "stage_number", "timestamp", "status",
		"duration_seconds", "completed_at", "inputs", "outputs", "intermediate_files",
		"config", "resources", "errors", "warnings"};
	const char *text, *at;

	(void)state;
	one_stage();
	assert_string_equal(member_names(), ALL_MEMBERS);
	text = at = written();
	for (size_t i = 0; i < sizeof seed / sizeof *seed; i++) {
		const char *found = strstr(text, arena_fmt(&arena, "\n  \"%s\": ", seed[i]));

		assert_non_null(found);
		assert_true(found > at);
		at = found;
	}
	add_file(ROLE_INPUT, "i");
	add_file(ROLE_INTERMEDIATE, "t");
	json *manifest = parsed(written());
	assert_string_equal(names_in(json_first(json_get(manifest, "inputs"))),
		"type path size_bytes origin checksum mtime_ns");
	assert_string_equal(names_in(json_first(json_get(manifest, "intermediate_files"))),
		"type path retained reason size_bytes origin checksum mtime_ns");
	json_free(manifest);
}

static void members_that_tell_nothing_are_left_out(void **state)
{
	static const char *const untracked[] = {"x"};

	(void)state;
	one_stage();
	assert_string_equal(member("signal"), "absent");
	assert_string_equal(member("interrupted"), "absent");
	assert_string_equal(member("key"), "absent");
	assert_string_equal(member("untracked"), "absent");
	assert_string_equal(member("reason"), "absent");
	assert_string_equal(member("last_success"), "absent");
	assert_string_equal(member("reported_config"), "absent");
	attempt.status = RECORD_FAILED;
	attempt.exit_code = -1;
	attempt.signal = 9;
	attempt.is_interrupted = true;
	attempt.untracked = untracked;
	attempt.untracked_count = 1;
	attempt.last_success = parsed("{\"run\": \"before\"}");
	assert_string_equal(member("status"), "\"failed\"");
	assert_string_equal(member("exit_code"), "null");
	assert_string_equal(member("signal"), "9");
	assert_string_equal(member("interrupted"), "true");
	assert_string_equal(member("untracked"), "[\"x\"]");
	assert_string_equal(member("last_success"), "{\"run\": \"before\"}");
	end_attempt();
}

static void an_attempt_that_runs_has_no_end(void **state)
{
	(void)state;
	one_stage();
	attempt.status = RECORD_RUNNING;
	attempt.ended_ns = 0;
	attempt.exit_code = -1;
	assert_string_equal(member("status"), "\"running\"");
	assert_string_equal(member("completed_at"), "null");
	assert_string_equal(member("exit_code"), "null");
	assert_string_equal(member("timestamp"), "\"2025-11-27T14:09:15.000001+00:00\"");
}

static void a_skipped_stage_says_why(void **state)
{
	(void)state;
	one_stage();
	attempt.status = RECORD_SKIPPED;
	assert_string_equal(member("status"), "\"skipped\"");
	assert_string_equal(member("reason"), "\"\"");
	attempt.skip_reason = "not asked for";
	assert_string_equal(member("reason"), "\"not asked for\"");
	assert_string_equal(member_names(), ALL_MEMBERS " reason");
}

/* --- files */

/* The only input, on one line. */
static const char *input(void)
{
	const char *text = member("inputs");

	return arena_strndup(&arena, text + 1, strlen(text) - 2);
}

#define SUM_X "xxh3-128:a3fafe0844374407afe0c3ddeb16a665"

static void a_file_says_what_applies_to_it(void **state)
{
	struct attempt_file *file;

	(void)state;
	one_stage();
	file = add_file(ROLE_INPUT, "in");
	digest_parse(SUM_X, &file->sum);
	assert_string_equal(input(),
		"{\"type\": \"data\", \"path\": \"in\", \"size_bytes\": 1, "
		"\"origin\": \"declared\", \"checksum\": \"" SUM_X "\", \"mtime_ns\": \"5\"}");
	file->label = "";
	file->origin = ORIGIN_COMMAND;
	assert_string_equal(input(),
		"{\"type\": \"data\", \"path\": \"in\", \"size_bytes\": 1, "
		"\"origin\": \"command\", \"checksum\": \"" SUM_X "\", \"mtime_ns\": \"5\"}");
	file->origin = ORIGIN_DEPFILE;
	file->track = TRACK_TIME;
	file->flags = RECORD_FILE_NO_SUM;
	assert_string_equal(input(),
		"{\"type\": \"data\", \"path\": \"in\", \"size_bytes\": 1, "
		"\"origin\": \"depfile\", \"checksum\": null, \"mtime_ns\": \"5\", "
		"\"track\": \"time\"}");
	file->origin = ORIGIN_REPORTED;
	file->track = TRACK_EXISTS;
	file->flags = RECORD_FILE_MISSING;
	file->size = 0;
	assert_string_equal(input(),
		"{\"type\": \"data\", \"path\": \"in\", \"size_bytes\": 0, "
		"\"origin\": \"reported\", \"checksum\": null, \"mtime_ns\": null, "
		"\"track\": \"exists\", \"missing\": true}");
	file->track = TRACK_CONTENT;
	file->flags = RECORD_FILE_CHANGED;
	file->mtime_ns = -7;
	assert_string_equal(input(),
		"{\"type\": \"data\", \"path\": \"in\", \"size_bytes\": 0, "
		"\"origin\": \"reported\", \"checksum\": \"" SUM_X "\", \"mtime_ns\": \"-7\", "
		"\"changed_during_run\": true}");
}

static void an_intermediate_is_called_one_and_says_whether_it_stays(void **state)
{
	struct attempt_file *file;

	(void)state;
	one_stage();
	file = add_file(ROLE_INTERMEDIATE, "t");
	digest_parse(SUM_X, &file->sum);
	assert_string_equal(member("intermediate_files"),
		"[{\"type\": \"intermediate\", \"path\": \"t\", \"retained\": false, "
		"\"reason\": \"\", \"size_bytes\": 1, \"origin\": \"declared\", "
		"\"checksum\": \"" SUM_X "\", \"mtime_ns\": \"5\"}]");
	file->flags = RECORD_FILE_RETAINED;
	file->reason = "cache";
	assert_string_equal(member("intermediate_files"),
		"[{\"type\": \"intermediate\", \"path\": \"t\", \"retained\": true, "
		"\"reason\": \"cache\", \"size_bytes\": 1, \"origin\": \"declared\", "
		"\"checksum\": \"" SUM_X "\", \"mtime_ns\": \"5\"}]");
}

static void files_stand_in_the_list_of_their_role(void **state)
{
	(void)state;
	one_stage();
	add_file(ROLE_INPUT, "i");
	add_file(ROLE_OUTPUT, "o");
	add_file(ROLE_OUTPUT, "p");
	assert_non_null(strstr(member("inputs"), "\"path\": \"i\""));
	assert_null(strstr(member("inputs"), "\"path\": \"o\""));
	assert_non_null(strstr(member("outputs"), "\"path\": \"o\""));
	assert_non_null(strstr(member("outputs"), "\"path\": \"p\""));
	assert_string_equal(member("intermediate_files"), "[]");
}

/* Declared metadata is a number where it looks like one and reads back the same. */
static void metadata_that_looks_like_a_number_is_one(void **state)
{
	static const struct {
		const char *declared, *written;
	} all[] = {{"16000", "16000"}, {"-3.5", "-3.5"}, {"1e3", "1000"}, {"007", "\"007\""},
		{"0", "0"}, {"0.5", "0.5"}, {"16k", "\"16k\""}, {"", "\"\""}, {"-", "\"-\""},
		{"+5", "\"+5\""}, {".5", "\".5\""}, {"1.2.3", "\"1.2.3\""}, {"0x10", "\"0x10\""},
		{"9007199254740993123", "\"9007199254740993123\""}, {"nan", "\"nan\""},
		{"2025-11-27", "\"2025-11-27\""}, {"yes", "\"yes\""}};

	(void)state;
	write_file("in", "x");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		load_good(arena_fmt(&arena,
			"[stage:a]\ncommand = true\ninput.i = in\ninput.i.m = %s\n",
			all[i].declared));
		begin_attempt();
		add_file(ROLE_INPUT, "in")->meta = label_of("a", 0)->meta;
		if (!strstr(input(), arena_fmt(&arena, "\"m\": %s, \"origin\"", all[i].written)))
			fail_msg("'%s' is not %s in %s", all[i].declared, all[i].written, input());
	}
}

static void what_a_stage_reports_of_a_file_replaces_what_was_declared(void **state)
{
	struct attempt_file *file;

	(void)state;
	write_file("in", "x");
	load_good("[stage:a]\ncommand = true\ninput.i = in\ninput.i.rate = 1\ninput.i.kind = x\n");
	begin_attempt();
	file = add_file(ROLE_INPUT, "in");
	file->meta = label_of("a", 0)->meta;
	file->reported = parsed("{\"rate\": 2, \"frames\": [1, {\"a\": null}]}");
	assert_non_null(
		strstr(input(), "\"size_bytes\": 1, \"rate\": 2, \"kind\": \"x\", \"frames\": [1, "
				"{\"a\": null}], \"origin\""));
	end_attempt();
}

static void metadata_cannot_replace_what_a_file_has_of_its_own(void **state)
{
	(void)state;
	write_file("in", "x");
	load_good("[stage:a]\ncommand = true\ninput.i = in\ninput.i.path = other\n"
		  "input.i.size_bytes = 9\ninput.i.checksum = none\ninput.i.event = birthday\n");
	begin_attempt();
	add_file(ROLE_INPUT, "in")->meta = label_of("a", 0)->meta;
	assert_non_null(strstr(input(), "\"path\": \"in\", \"size_bytes\": 1, "
					"\"event\": \"birthday\", \"origin\""));
	assert_null(strstr(input(), "other"));
	assert_null(strstr(input(), "none"));
}

static void names_that_are_no_utf_8_are_escaped(void **state)
{
	static const struct reason reasons[] = {
		{REASON_INPUT_CHANGED, "in\xff", "input in\xff changed"}};
	static const char *const untracked[] = {"\xfe"};
	const char *text;

	(void)state;
	one_stage();
	add_file(ROLE_INPUT, "in\xff\n\"");
	attempt.reasons = reasons;
	attempt.reason_count = 1;
	attempt.command = "cat in\xff";
	attempt.untracked = untracked;
	attempt.untracked_count = 1;
	text = written();
	assert_non_null(strstr(text, "\"path\": \"in\xee\xbf\xbf\\n\\\"\""));
	assert_non_null(strstr(text, "\"about\": \"in\xee\xbf\xbf\""));
	assert_non_null(strstr(text, "\"message\": \"input in\xee\xbf\xbf changed\""));
	assert_non_null(strstr(text, "\"command\": \"cat in\xee\xbf\xbf\""));
	assert_string_equal(member("untracked"), "[\"\xee\xbf\xbe\"]");
}

/* --- what the stage was made of, and cost */

static void what_a_stage_reports_of_its_config_stands_beside_what_was_declared(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nconfig.rate = 16000\nconfig.mode = fast\n");
	begin_attempt();
	assert_string_equal(member("config"), "{\"rate\": \"16000\", \"mode\": \"fast\"}");
	attempt.reported_config = parsed("{\"rate\": 8000, \"seen\": 3, \"list\": [1]}");
	assert_string_equal(member("config"),
		"{\"rate\": \"16000\", \"mode\": \"fast\", \"seen\": 3, \"list\": [1]}");
	assert_string_equal(member("reported_config"), "[\"seen\", \"list\"]");
	assert_string_equal(member("conflicting_config"), "{\"rate\": 8000}");
	end_attempt();
}

static void what_means_what_was_declared_is_no_conflict(void **state)
{
	static const struct {
		const char *declared, *reported;
		bool is_same;
	} cases[] = {{"16", "16", true}, {"16.0", "16", true}, {"16", "\"16\"", true},
		{"16", "8", false}, {"yes", "true", true}, {"yes", "false", false},
		{"0", "false", true}, {"", "null", true}, {"a", "null", false},
		{"a\nb", "[\"a\", \"b\"]", true}, {"a\nb", "[\"a\"]", false},
		{"a", "[\"a\", \"b\"]", false}, {"", "[]", true}, {"[1,2]", "[1, 2]", true},
		{"{\"a\":1}", "{\"a\": 1}", true}, {"{", "{\"a\": 1}", false}, {"x", "3", false},
		{"a b", "\"a  b\"", false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json *value = parsed(cases[i].reported);
		assert_int_equal(config_is_as_declared(cases[i].declared, value), cases[i].is_same);
		json_free(value);
	}
}

static void values_of_variables_are_never_written(void **state)
{
	const char *text;

	(void)state;
	setenv("RESTAGE_TEST_A", "inherited-secret", 1);
	load_good("[stage:a]\ncommand = true\nenv.TOKEN = declared-secret\n"
		  "pass_env = RESTAGE_TEST_A\n");
	begin_attempt();
	text = written();
	assert_null(strstr(text, "secret"));
	assert_string_equal(
		member("env"), arena_fmt(&arena, "{\"TOKEN\": \"%s\", \"RESTAGE_TEST_A\": \"%s\"}",
				       variable_digest("TOKEN", "declared-secret"),
				       variable_digest("RESTAGE_TEST_A", "inherited-secret")));
	unsetenv("RESTAGE_TEST_A");
	assert_non_null(strstr(member("env"), variable_digest("RESTAGE_TEST_A", NULL)));
}

static void a_tool_that_said_nothing_is_recorded_as_such(void **state)
{
	static const char *const versions[] = {"cc 1", NULL};

	(void)state;
	load_good("[stage:a]\ncommand = true\nversion.cc = cc --version\n"
		  "version.ld = ld --version\n");
	begin_attempt();
	assert_string_equal(member("tools"), "{\"cc\": \"\", \"ld\": \"\"}");
	attempt.version_outputs = versions;
	assert_string_equal(member("tools"), "{\"cc\": \"cc 1\", \"ld\": \"\"}");
}

static void measures_that_are_not_known_are_left_out(void **state)
{
	(void)state;
	one_stage();
	assert_string_equal(member("resources"), "{}");
	attempt.resources = (struct attempt_resources){.cpu_user_seconds = 0,
		.cpu_system_seconds = 1.00000049,
		.cpu_percent = 99.96,
		.memory_mb = 0.04,
		.read_mb = 0.0004,
		.written_mb = -1};
	assert_string_equal(member("resources"),
		"{\"cpu_user_seconds\": 0, \"cpu_system_seconds\": 1, \"cpu_percent\": 100, "
		"\"memory_mb\": 0, \"read_mb\": 0}");
	attempt.reported_resources = parsed("{\"memory_mb\": 5, \"gpu\": 1}");
	attempt.resources = (struct attempt_resources){.cpu_user_seconds = -1,
		.cpu_system_seconds = -1,
		.cpu_percent = -1,
		.memory_mb = 3.25,
		.read_mb = -1,
		.written_mb = 0.0016};
	assert_string_equal(
		member("resources"), "{\"memory_mb\": 3.3, \"written_mb\": 0.002, \"gpu\": 1}");
	end_attempt();
}

static void gpus_are_told_as_far_as_known(void **state)
{
	struct attempt_gpus *gpus = &attempt.resources.gpus;

	(void)state;
	one_stage();
	gpus->ids = "0,GPU-ab";
	assert_string_equal(member("resources"), "{\"gpus\": [\"0\", \"GPU-ab\"]}");
	gpus->used = "none";
	gpus->seconds = gpus->percent = gpus->memory_mb = -1;
	assert_string_equal(
		member("resources"), "{\"gpu_used\": \"none\", \"gpus\": [\"0\", \"GPU-ab\"]}");
	*gpus = (struct attempt_gpus){.used = "A",
		.seconds = 1.5,
		.percent = 49.96,
		.memory_mb = 8,
		.is_of_device = true};
	attempt.reported_resources = parsed("{\"gpu_used\": \"B\", \"gpu_watts\": 7}");
	assert_string_equal(member("resources"),
		"{\"gpu_used\": \"A\", \"gpu_percent\": 50, \"gpu_memory_mb\": 8, "
		"\"gpu_seconds\": 1.5, \"gpu_scope\": \"device\", \"gpu_watts\": 7}");
	end_attempt();
}

static void costs_have_a_sum_in_one_currency_only(void **state)
{
	struct attempt_cost costs[] = {
		{.amount = 0.3, .currency = "", .what = "x", .quantity = 2, .unit = "calls"}};

	(void)state;
	one_stage();
	assert_string_equal(member("resources"), "{}");
	money_add(&attempt.money, "EUR", 0.1);
	money_add(&attempt.money, "", 0.2);
	money_settle(&attempt.money); /* what has no currency is in that of the others */
	attempt.costs = costs;
	attempt.cost_count = 1;
	assert_string_equal(member("resources"),
		"{\"cost\": 0.3, \"currency\": \"EUR\", \"costs\": [{\"amount\": 0.3, "
		"\"currency\": \"\", \"what\": \"x\", \"quantity\": 2, \"unit\": \"calls\"}]}");
	attempt.money = (struct money){0};
	money_add(&attempt.money, "", 0.3);
	costs[0].unit = NULL;
	assert_string_equal(member("resources"), "{\"cost\": 0.3, \"costs\": [{\"amount\": 0.3, "
						 "\"currency\": \"\", \"what\": \"x\"}]}");
	money_add(&attempt.money, "EUR", 1);
	money_add(&attempt.money, "USD", 1);
	assert_string_equal(member("resources"), "{\"costs\": [{\"amount\": 0.3, "
						 "\"currency\": \"\", \"what\": \"x\"}]}");
	end_attempt();
}

static void a_stage_cannot_replace_members_of_the_schema(void **state)
{
	(void)state;
	one_stage();
	attempt.extra = parsed(
		"{\"status\": \"failed\", \"stage\": \"b\", \"segments_count\": 4, \"inputs\": 5}");
	assert_string_equal(member("status"), "\"success\"");
	assert_string_equal(member("stage"), "\"a\"");
	assert_string_equal(member("inputs"), "[]");
	assert_string_equal(member("segments_count"), "4");
	assert_string_equal(member_names(), ALL_MEMBERS " segments_count");
	end_attempt();
}

/* --- the file */

static void a_manifest_is_written_as_a_whole(void **state)
{
	struct err err = {0};
	struct buf text = {0};

	(void)state;
	one_stage();
	assert_int_equal(fs_mkdirs("out/p/01_a", &err), 0);
	write_file("out/p/01_a/manifest.json", "before");
	manifest_format(&attempt, &text);
	assert_int_equal(fs_replace("out/p/01_a/manifest.json", text.data, text.len, &err), 0);
	assert_string_equal(read_text("out/p/01_a/manifest.json"), written());
	/* In other words, from the same time. */
	const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 2, .tv_nsec = 3}};
	struct fs_stat stat;
	utimensat(AT_FDCWD, "out/p/01_a/manifest.json", old, 0);
	assert_int_equal(
		fs_rewrite_at(AT_FDCWD, "out/p/01_a/manifest.json", "other words", 11, &err), 0);
	assert_string_equal(read_text("out/p/01_a/manifest.json"), "other words");
	assert_int_equal(fs_stat("out/p/01_a/manifest.json", &stat, &err), 0);
	assert_int_equal(stat.mtime_ns, 2000000003);
	assert_int_equal(
		fs_rewrite_at(AT_FDCWD, "out/p/02_b/manifest.json", text.data, text.len, &err), -1);
	assert_non_null(strstr(err.text, "out/p/02_b"));
	buf_free(&text);
	err_clear(&err);
}

/* --- what is kept of the last success */

#define SUCCESS \
	"{\"schema\": \"restage.manifest/1\", \"stage\": \"a\", \"status\": \"success\", " \
	"\"stage_number\": 1, \"timestamp\": \"t\", \"reasons\": [1], \"errors\": [], " \
	"\"warnings\": [1], \"run\": \"r\", \"duration_seconds\": 2, \"completed_at\": \"c\", " \
	"\"stage_dir\": \"d\", \"attempt\": 1, \"command\": \"x\", \"exit_code\": 0, " \
	"\"inputs\": [], \"outputs\": [], \"intermediate_files\": [], \"config\": {}, " \
	"\"reported_config\": [], \"env\": {}, \"tools\": {}, \"resources\": {}, " \
	"\"key\": {}, \"untracked\": [], \"accepted\": {}, \"mine\": 5}"

static void of_a_success_is_kept_what_tells_it_again(void **state)
{
	(void)state;
	write_file("d/manifest.json", SUCCESS);
	assert_string_equal(kept_of("d"),
		"{\"stage_number\": 1, \"timestamp\": \"t\", \"status\": \"success\", "
		"\"duration_seconds\": 2, \"completed_at\": \"c\", \"stage_dir\": \"d\", "
		"\"run\": \"r\", \"attempt\": 1, \"command\": \"x\", \"exit_code\": 0, "
		"\"reasons\": [1], \"inputs\": [], \"outputs\": [], \"intermediate_files\": [], "
		"\"config\": {}, \"reported_config\": [], \"env\": {}, \"tools\": {}, "
		"\"resources\": {}, \"errors\": [], \"warnings\": [1], \"key\": {}, "
		"\"untracked\": [], \"accepted\": {}, \"mine\": 5}");
	/* A stage that skipped itself succeeded too. */
	write_file("d/manifest.json", "{\"status\": \"skipped\", \"run\": \"r\", \"key\": {}}");
	assert_string_equal(kept_of("d"), "{\"status\": \"skipped\", \"run\": \"r\", \"key\": {}}");
}

static void of_what_is_no_success_is_kept_what_it_kept(void **state)
{
	(void)state;
	write_file("d/manifest.json", "{\"status\": \"failed\", \"run\": \"now\", \"key\": {}, "
				      "\"last_success\": {\"run\": \"then\", \"x\": 1}}");
	assert_string_equal(kept_of("d"), "{\"run\": \"then\", \"x\": 1}");
	write_file("d/manifest.json",
		"{\"status\": \"running\", \"last_success\": {\"run\": \"then\"}}");
	assert_string_equal(kept_of("d"), "{\"run\": \"then\"}");
	/* A disabled stage has no key. */
	write_file("d/manifest.json",
		"{\"status\": \"skipped\", \"last_success\": {\"run\": \"then\"}}");
	assert_string_equal(kept_of("d"), "{\"run\": \"then\"}");
	write_file("d/manifest.json", "{\"status\": \"success\", \"run\": \"now\", \"key\": 5, "
				      "\"last_success\": {\"run\": \"then\"}}");
	assert_string_equal(kept_of("d"), "{\"run\": \"then\"}");
}

static void without_a_success_nothing_is_kept(void **state)
{
	(void)state;
	assert_string_equal(kept_of("nowhere"), "none");
	write_file("d/manifest.json", "{\"status\": \"failed\", \"run\": \"now\"}");
	assert_string_equal(kept_of("d"), "none");
	write_file("d/manifest.json", "{\"status\": \"succ");
	assert_string_equal(kept_of("d"), "none");
	write_file("d/manifest.json", "[1]");
	assert_string_equal(kept_of("d"), "none");
}

/* --- the table of members */

/* Members that are not optional are all there; the attempt's extra ones are passed over. */
static void assert_in_order_of_table(const json *manifest)
{
	const json *node = json_first(manifest);

	for (const struct manifest_member *own = manifest_members; own->name; own++) {
		bool is_next;

		while (node && !strcmp(json_key(node), "segments_count"))
			node = json_next(node);
		is_next = node && !strcmp(json_key(node), own->name);
		if (own->kind == MANIFEST_LIST)
			assert_true(is_next && json_is(node, JSON_ARRAY));
		else if (own->kind == MANIFEST_OBJECT)
			assert_true(is_next && json_is(node, JSON_OBJECT));
		else if (own->kind == MANIFEST_VALUE)
			assert_true(is_next);
		if (is_next)
			node = json_next(node);
	}
	assert_null(node);
}

static void what_is_written_follows_the_table(void **state)
{
	json *manifest;

	(void)state;
	load_full();
	manifest = parsed(written());
	assert_in_order_of_table(manifest);
	json_free(manifest);
	attempt.status = RECORD_FAILED;
	attempt.signal = 15;
	attempt.is_interrupted = true;
	attempt.last_success = parsed("{\"run\": \"20251126_140915\"}");
	manifest = parsed(written());
	assert_in_order_of_table(manifest);
	json_free(manifest);
	end_attempt();
}

static void files_have_the_members_of_the_table(void **state)
{
	json *manifest;

	(void)state;
	load_full();
	for (int i = 0; i < 3; i++)
		files[i].flags |= RECORD_FILE_CHANGED | RECORD_FILE_MISSING;
	files[0].track = TRACK_TIME;
	json_free(files[1].reported);
	files[1].reported = NULL;
	files[1].meta = (struct span){0, 0};
	manifest = parsed(written());
	for (int role = 0; role <= ROLE_INTERMEDIATE; role++) {
		const json *file = json_first(json_get(manifest, manifest_file_lists[role]));

		assert_non_null(file);
		for (const json *node = json_first(file); node; node = json_next(node)) {
			assert_true(
				manifest_is_file_member(json_key(node), role == ROLE_INTERMEDIATE));
		}
	}
	assert_false(manifest_is_file_member("reason", false));
	assert_true(manifest_is_file_member("reason", true));
	assert_true(manifest_is_member("last_success"));
	assert_false(manifest_is_member("reason"));
	json_free(manifest);
	end_attempt();
}

/* --- all manifests of a job */

static int count_manifest(void *ctx, const char *dir)
{
	struct buf *seen = ctx;

	buf_fmt(seen, "%s ", dir);
	return strstr(dir, "stop") ? 7 : 0;
}

static void manifests_lie_in_numbered_directories(void **state)
{
	struct buf seen = {0};
	struct err err = {0};

	(void)state;
	write_file("job/02_b/ep1/manifest.json", "{}");
	write_file("job/02_b/ep1/other.json", "{}");
	write_file("job/01_a/manifest.json", "{}");
	write_file("job/notes/manifest.json", "{}");
	assert_int_equal(manifest_each("job", count_manifest, &seen, &err), 0);
	assert_string_equal(buf_text(&seen), "job/01_a job/02_b/ep1 ");
	write_file("job/01_stop/manifest.json", "{}");
	buf_reset(&seen);
	assert_int_equal(manifest_each("job", count_manifest, &seen, &err), 7);
	assert_string_equal(buf_text(&seen), "job/01_a job/01_stop ");
	assert_int_equal(manifest_each("nowhere", count_manifest, &seen, &err), -1);
	buf_free(&seen);
}

/* --- there and back */

static void what_is_written_reads_back_the_same(void **state)
{
	static const struct reason reasons[] = {
		{REASON_CONFIG_CHANGED, "rate", "config rate changed from '\xff'"},
		{REASON_NEVER_RAN, NULL, "it never ran"},
	};
	struct record record;
	const struct record_file *file;
	const char *text;

	(void)state;
	load_full();
	files[0].flags = RECORD_FILE_CHANGED | RECORD_FILE_PLAIN;
	files[1].flags |= RECORD_FILE_EXECUTABLE;
	files[2].flags |= RECORD_FILE_PLAIN;
	files[1].path = "out/p/01_a/a\xff\n.wav";
	attempt.reasons = reasons;
	text = written();
	record_parse(&arena, graph, 0, "out/p/01_a", text, strlen(text), &record);
	assert_int_equal(record.status, RECORD_SUCCESS);
	assert_string_equal(record.run, attempt.run);
	assert_int_equal(record.attempt, 1);
	assert_int_equal(record.exit_code, 0);
	assert_true(record.duration_seconds == 4.25 && record.success.duration_seconds == 4.25);
	assert_true(money_in(record.costs, "EUR") == 0.25 && record.success.memory_mb == 312.1);
	assert_int_equal(record.warning_count, 1);
	assert_int_equal(record.reason_count, 2);
	assert_int_equal(record.reasons[0].code, REASON_CONFIG_CHANGED);
	assert_string_equal(record.reasons[0].about, "rate");
	assert_string_equal(record.reasons[0].message, attempt.reasons[0].message);
	assert_null(record.reasons[1].about);
	assert_string_equal(record.untracked[0], "out/p/01_a/left");
	assert_string_equal(record.success.command, attempt.command);
	assert_memory_equal(&record.success.key, &attempt.key, sizeof attempt.key);
	assert_int_equal(record.success.file_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		file = &record.success.files[i];
		assert_string_equal(file->path, files[i].path);
		assert_string_equal(file->label, files[i].label);
		assert_true(digest_eq(&file->sum, &files[i].sum));
		assert_int_equal(file->size, files[i].size);
		assert_int_equal(file->mtime_ns, files[i].mtime_ns);
		assert_int_equal(file->role, files[i].role);
		assert_int_equal(file->origin, files[i].origin);
		assert_int_equal(file->track, files[i].track);
		assert_int_equal(file->flags, files[i].flags);
	}
	assert_int_equal(record.success.config_count, 2);
	assert_string_equal(record.success.config[0].value, "16000");
	assert_false(record.success.config[0].is_reported);
	assert_true(record.success.config[1].is_reported);
	assert_string_equal(record.success.tools[0].value, "ffmpeg 5\nbuilt");
	assert_string_equal(record.success.env[0].value, variable_digest("MODE", "fast"));
	end_attempt();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(a_full_attempt_has_these_bytes),
		TEST_PAST(members_stand_in_the_seeds_order),
		TEST_PAST(what_is_written_follows_the_table),
		TEST_PAST(files_have_the_members_of_the_table),
		TEST_PAST(manifests_lie_in_numbered_directories),
		TEST_PAST(members_that_tell_nothing_are_left_out),
		TEST_PAST(an_attempt_that_runs_has_no_end),
		TEST_PAST(a_skipped_stage_says_why),
		TEST_PAST(a_file_says_what_applies_to_it),
		TEST_PAST(an_intermediate_is_called_one_and_says_whether_it_stays),
		TEST_PAST(files_stand_in_the_list_of_their_role),
		TEST_PAST(metadata_that_looks_like_a_number_is_one),
		TEST_PAST(what_a_stage_reports_of_a_file_replaces_what_was_declared),
		TEST_PAST(metadata_cannot_replace_what_a_file_has_of_its_own),
		TEST_PAST(names_that_are_no_utf_8_are_escaped),
		TEST_PAST(what_a_stage_reports_of_its_config_stands_beside_what_was_declared),
		TEST_PAST(what_means_what_was_declared_is_no_conflict),
		TEST_PAST(values_of_variables_are_never_written),
		TEST_PAST(a_tool_that_said_nothing_is_recorded_as_such),
		TEST_PAST(measures_that_are_not_known_are_left_out),
		TEST_DEFINITION(gpus_are_told_as_far_as_known),
		TEST_PAST(costs_have_a_sum_in_one_currency_only),
		TEST_PAST(a_stage_cannot_replace_members_of_the_schema),
		TEST_PAST(a_manifest_is_written_as_a_whole),
		TEST_PAST(of_a_success_is_kept_what_tells_it_again),
		TEST_PAST(of_what_is_no_success_is_kept_what_it_kept),
		TEST_PAST(without_a_success_nothing_is_kept),
		TEST_PAST(what_is_written_reads_back_the_same),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

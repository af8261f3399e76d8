#include "record/cache/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/name.h"
#include "base/text.h"
#include "record/cache/entry_check.h"

#define SCHEMAS "restage.cache/"
#define SCHEMA SCHEMAS "1"
#define TREE_SCHEMA "restage.cache-tree/1"
#define SIGNATURE "hmac-sha256 "
#define SIZE_MAX_BYTES ((double)((uint64_t)1 << 52)) /* what a number of JSON holds exactly */

struct reader {
	struct arena *arena;
	struct err *err;
};

static int bad(const struct reader *reader, const char *what)
{
	return err_set(reader->err, EXIT_WORLD, "it has %s", what);
}

static int read_content(const struct reader *reader, const json *node, struct content *out)
{
	double size = json_get_num(node, "size", -1);

	if (!(size >= 0) || size > SIZE_MAX_BYTES || size != (double)(uint64_t)size)
		return bad(reader, "a size that is none");
	out->size = (uint64_t)size;
	if (!sha256_parse(json_get_str(node, "sha256", ""), &out->sum))
		return bad(reader, "a digest that is none");
	return 0;
}

static int read_input(const struct reader *reader, const json *node, struct entry_input *out)
{
	out->path = name_decoded(reader->arena, json_get_str(node, "path", NULL));
	if (!out->path || !*out->path)
		return bad(reader, "an input without a path");
	if (!json_is(json_get(node, "absent"), JSON_TRUE))
		return read_content(reader, node, &out->content);
	out->content = (struct content){.size = ENTRY_ABSENT};
	return 0;
}

static int read_output(
	const struct reader *reader, const json *node, bool is_tree, struct entry_output *out)
{
	const json *tree = is_tree ? NULL : json_get(node, "tree");
	const char *sum = json_get_str(node, "checksum", NULL);

	out->path = name_decoded(reader->arena, json_get_str(node, "path", NULL));
	out->target = name_decoded(reader->arena, json_get_str(node, "link", NULL));
	if (!out->path || !entry_path_fits(out->path))
		return bad(reader, "a path that is none, or leads outside");
	if (out->target) {
		out->type = 'l';
		return entry_link_fits(out->path, out->target)
			       ? 0
			       : bad(reader, "a link that leads outside");
	}
	if (json_is(json_get(node, "directory"), JSON_TRUE) && is_tree) {
		out->type = 'd';
		return 0;
	}
	if (sum && !digest_parse(sum, &out->sum))
		return bad(reader, "a checksum that is none");
	out->type = tree ? 't' : 'f';
	out->is_executable = !tree && json_is(json_get(node, "executable"), JSON_TRUE);
	return read_content(reader, tree ? tree : node, &out->content);
}

static int count_items(const struct reader *reader, const json *list, uint32_t *count)
{
	size_t items = json_count(list);

	if (!json_is(list, JSON_ARRAY))
		return bad(reader, "no list where one belongs");
	if (items > ENTRY_ITEMS_MAX)
		return bad(reader, "too many files");
	*count = (uint32_t)items;
	return 0;
}

static int read_outputs(const struct reader *reader, const json *list, bool is_tree,
	struct entry_output **outputs, uint32_t *count)
{
	struct entry_output *out;

	if (count_items(reader, list, count) < 0)
		return -1;
	out = *outputs = arena_alloc(reader->arena, *count * sizeof **outputs);
	for (const json *node = json_first(list); node; node = json_next(node)) {
		if (read_output(reader, node, is_tree, out++) < 0)
			return -1;
	}
	if (!entry_outputs_fit(*outputs, *count))
		return bad(reader, "a path twice, or below what is no directory");
	if (!is_tree && !entry_links_fit(*outputs, *count))
		return bad(reader, "a link to what is no output");
	return 0;
}

static int read_inputs(
	const struct reader *reader, const json *list, struct entry_input **inputs, uint32_t *count)
{
	struct entry_input *out;

	if (count_items(reader, list, count) < 0)
		return -1;
	out = *inputs = arena_alloc(reader->arena, *count * sizeof **inputs);
	for (const json *node = json_first(list); node; node = json_next(node)) {
		if (read_input(reader, node, out++) < 0)
			return -1;
	}
	return 0;
}

static const char *read_text(const struct reader *reader, const json *node, const char *key)
{
	const char *text = json_get_str(node, key, NULL);

	return text ? arena_strdup(reader->arena, text) : NULL;
}

static int read_variant(const struct reader *reader, const json *node, struct entry_variant *out)
{
	if (read_inputs(reader, json_get(node, "inputs"), &out->inputs, &out->input_count) < 0 ||
		read_outputs(reader, json_get(node, "outputs"), false, &out->outputs,
			&out->output_count) < 0 ||
		read_content(reader, json_get(node, "log"), &out->log) < 0 ||
		read_content(reader, json_get(node, "manifest"), &out->manifest) < 0)
		return -1;
	out->seconds = json_get_num(node, "seconds", -1);
	out->run = read_text(reader, node, "run");
	out->job = read_text(reader, node, "job");
	out->host = read_text(reader, node, "host");
	out->when = read_text(reader, node, "when");
	return 0;
}

static int read_variants(const struct reader *reader, const json *tree, struct entry *out)
{
	const json *list = json_get(tree, "variants");

	if (!text_eq(json_get_str(tree, "schema", NULL), SCHEMA))
		return bad(reader, "another schema than " SCHEMA);
	if (!json_is(list, JSON_ARRAY) || json_count(list) > ENTRY_VARIANTS)
		return bad(reader, "too many variants, or none");
	for (const json *node = json_first(list); node; node = json_next(node)) {
		if (read_variant(reader, node, &out->variants[out->count]) < 0)
			return -1;
		out->count++;
	}
	return 0;
}

static struct sha256 sign(
	const struct sha256 *name, const struct entry_key *key, const char *text, size_t len)
{
	struct buf all BUF_LOCAL = {0};
	struct sha256 sum;

	/* with the name: an entry is no answer to another question */
	buf_add(&all, name->bytes, sizeof name->bytes);
	buf_add(&all, text, len);
	sum = sha256_hmac(key->data, key->len, all.data, all.len);
	return sum;
}

/* Takes the line with the signature off. False: there is none that is right. */
static bool check_signature(
	const char *text, size_t *len, const struct sha256 *name, const struct entry_key *key)
{
	const size_t line = sizeof SIGNATURE - 1 + SHA256_TEXT_SIZE; /* with its newline */
	char hex[SHA256_TEXT_SIZE];
	struct sha256 told, sum;

	if (*len <= line || text[*len - line - 1] != '\n' || text[*len - 1] != '\n' ||
		memcmp(text + *len - line, SIGNATURE, sizeof SIGNATURE - 1) != 0)
		return !key || !key->len;
	memcpy(hex, text + *len - SHA256_TEXT_SIZE, sizeof hex);
	hex[sizeof hex - 1] = '\0';
	*len -= line;
	if (!key || !key->len)
		return true;
	sum = sign(name, key, text, *len);
	return sha256_parse(hex, &told) && sha256_eq(&told, &sum);
}

int entry_parse(struct arena *arena, const char *text, size_t len, const struct sha256 *name,
	const struct entry_key *key, struct entry *out, struct err *err)
{
	const struct reader reader = {arena, err};
	int result;
	json *tree;

	out->count = 0;
	if (!check_signature(text, &len, name, key))
		return bad(&reader, "no signature that our key_file makes");
	tree = json_parse(text, len, err);
	if (!tree)
		return -1;
	result = read_variants(&reader, tree, out);
	json_free(tree);
	return result;
}

bool entry_is_foreign(const char *text, size_t len)
{
	bool is_foreign;
	json *tree;

	(void)check_signature(text, &len, NULL, NULL);
	tree = json_parse(text, len, NULL);
	const char *schema = json_get_str(tree, "schema", "");
	is_foreign = text_starts(schema, SCHEMAS) && !text_eq(schema, SCHEMA);
	json_free(tree);
	return is_foreign;
}

static void write_content(struct json_writer *w, const struct content *content)
{
	char text[SHA256_TEXT_SIZE];

	json_write_num(w, "size", (double)content->size);
	sha256_format(&content->sum, text);
	json_write_str(w, "sha256", text);
}

static void write_part(struct json_writer *w, const char *key, const struct content *content)
{
	json_write_object(w, key);
	write_content(w, content);
	json_write_end(w);
}

static void write_output(struct json_writer *w, const struct entry_output *output)
{
	char sum[DIGEST_TEXT_SIZE];

	json_write_object(w, NULL);
	json_write_name(w, "path", output->path);
	if (output->type == 'l')
		json_write_name(w, "link", output->target);
	else if (output->type == 'd')
		json_write_bool(w, "directory", true);
	else if (output->type == 't')
		write_part(w, "tree", &output->content);
	else
		write_content(w, &output->content);
	if (output->is_executable)
		json_write_bool(w, "executable", true);
	if (!digest_is_zero(&output->sum)) {
		digest_format(&output->sum, sum);
		json_write_str(w, "checksum", sum);
	}
	json_write_end(w);
}

static void write_input(struct json_writer *w, const struct entry_input *input)
{
	json_write_object(w, NULL);
	json_write_name(w, "path", input->path);
	if (input->content.size == ENTRY_ABSENT)
		json_write_bool(w, "absent", true);
	else
		write_content(w, &input->content);
	json_write_end(w);
}

static void write_variant(struct json_writer *w, const struct entry_variant *variant)
{
	json_write_object(w, NULL);
	json_write_array(w, "inputs");
	for (uint32_t i = 0; i < variant->input_count; i++)
		write_input(w, &variant->inputs[i]);
	json_write_end(w);
	json_write_array(w, "outputs");
	for (uint32_t i = 0; i < variant->output_count; i++)
		write_output(w, &variant->outputs[i]);
	json_write_end(w);
	write_part(w, "log", &variant->log);
	write_part(w, "manifest", &variant->manifest);
	json_write_known(w, "seconds", variant->seconds);
	json_write_str(w, "run", variant->run);
	json_write_str(w, "job", variant->job);
	json_write_str(w, "host", variant->host);
	json_write_str(w, "when", variant->when);
	json_write_end(w);
}

void entry_write(const struct entry *entry, const struct sha256 *name, const struct entry_key *key,
	struct buf *out)
{
	struct json_writer w = {.out = out};
	size_t start = out->len;

	json_write_object(&w, NULL);
	json_write_str(&w, "schema", SCHEMA);
	json_write_rows(&w, "variants");
	for (uint32_t i = 0; i < entry->count && out->len - start < ENTRY_SIZE_MAX / 2; i++)
		write_variant(&w, &entry->variants[i]);
	json_write_end(&w);
	json_write_finish(&w);
	if (key && key->len) {
		struct sha256 sum = sign(name, key, out->data + start, out->len - start);
		char text[SHA256_TEXT_SIZE];
		sha256_format(&sum, text);
		buf_fmt(out, SIGNATURE "%s\n", text);
	}
}

static bool same_inputs(const struct entry_variant *a, const struct entry_variant *b)
{
	if (a->input_count != b->input_count)
		return false;
	for (uint32_t i = 0; i < a->input_count; i++) {
		if (strcmp(a->inputs[i].path, b->inputs[i].path) != 0 ||
			!content_eq(&a->inputs[i].content, &b->inputs[i].content))
			return false;
	}
	return true;
}

/* The place of the variant with the same inputs, else the number of variants. */
static uint32_t find_same(const struct entry *entry, const struct entry_variant *variant)
{
	uint32_t at = 0;

	while (at < entry->count && !same_inputs(&entry->variants[at], variant))
		at++;
	return at;
}

void entry_add(struct entry *entry, const struct entry_variant *variant)
{
	uint32_t gone = find_same(entry, variant);

	if (gone == ENTRY_VARIANTS)
		gone--;
	else if (gone == entry->count)
		entry->count++;
	memmove(&entry->variants[1], &entry->variants[0], gone * sizeof entry->variants[0]);
	entry->variants[0] = *variant;
}

void entry_append(struct entry *entry, const struct entry_variant *variant)
{
	if (entry->count < ENTRY_VARIANTS && find_same(entry, variant) == entry->count)
		entry->variants[entry->count++] = *variant;
}

int entry_parse_tree(struct arena *arena, const char *text, size_t len,
	struct entry_output **outputs, uint32_t *count, struct err *err)
{
	const struct reader reader = {arena, err};
	json *tree JSON_LOCAL = json_parse(text, len, err);
	int result = -1;

	if (!tree)
		return -1;
	if (!text_eq(json_get_str(tree, "schema", NULL), TREE_SCHEMA))
		bad(&reader, "another schema than " TREE_SCHEMA);
	else
		result = read_outputs(&reader, json_get(tree, "outputs"), true, outputs, count);
	return result;
}

void entry_write_tree(const struct entry_output *outputs, uint32_t count, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_write_object(&w, NULL);
	json_write_str(&w, "schema", TREE_SCHEMA);
	json_write_rows(&w, "outputs");
	for (uint32_t i = 0; i < count; i++)
		write_output(&w, &outputs[i]);
	json_write_end(&w);
	json_write_finish(&w);
}

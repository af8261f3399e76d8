/* JSON by cJSON. What it would let through is found before it sees the text (json_check.c), and
 * what it would write in its own way is written by json_write.c. Memory that runs out gives NULL
 * and false. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* Global, as the hooks of the library are. */
static void *(*memory)(size_t size) = malloc;

void json_memory(void *(*alloc)(size_t size))
{
	cJSON_Hooks hooks = {.malloc_fn = alloc, .free_fn = free};

	memory = alloc;
	cJSON_InitHooks(&hooks);
}

struct key {
	const char *text;
	size_t n; /* which key of the top two levels it is */
};

#define FEW_KEYS 32

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	if (order != 0)
		return order;
	return x->n < y->n ? -1 : x->n > y->n;
}

/* Looks for a name that stands twice in one object. *twice becomes the second one that comes first.
 * False when memory runs out. */
static bool find_twice(const cJSON *object, size_t n, bool with_children, struct key *twice)
{
	struct key few[FEW_KEYS], *keys = few;
	size_t count = 0;
	const cJSON *child;

	cJSON_ArrayForEach(child, object) count++;
	if (count > FEW_KEYS) {
		keys = memory(count * sizeof *keys);
		if (!keys)
			return false;
	}
	count = 0;
	cJSON_ArrayForEach(child, object)
	{
		keys[count].text = child->string;
		keys[count++].n = n++;
		if (with_children && cJSON_IsObject(child))
			n += json_count(child);
	}
	qsort(keys, count, sizeof *keys, by_text);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(keys[i - 1].text, keys[i].text) == 0 && keys[i].n < twice->n)
			*twice = keys[i];
	}
	if (keys != few)
		free(keys);
	return true;
}

/* The same in the top two levels; twice->text stays NULL if there is none. */
static bool find_twice_in_two(const cJSON *root, struct key *twice)
{
	const cJSON *child;
	bool is_object = cJSON_IsObject(root);
	size_t n = 0;

	*twice = (struct key){.n = SIZE_MAX};
	if (is_object && !find_twice(root, 0, true, twice))
		return false;
	cJSON_ArrayForEach(child, root)
	{
		n += is_object;
		if (!cJSON_IsObject(child))
			continue;
		if (!find_twice(child, n, false, twice))
			return false;
		n += json_count(child);
	}
	return true;
}

json *json_parse(const char *text, size_t len, struct err *err)
{
	static pthread_mutex_t parsing = PTHREAD_MUTEX_INITIALIZER;
	struct key twice;

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (json_check(text, len, err) < 0)
		return NULL;
	/* the library notes its last mistake in a global variable */
	pthread_mutex_lock(&parsing);
	cJSON *root = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
	pthread_mutex_unlock(&parsing);
	if (!root || !find_twice_in_two(root, &twice)) {
		err_set(err, EXIT_WORLD, "line 1: out of memory");
		cJSON_Delete(root);
		return NULL;
	}
	if (twice.text) {
		err_set(err, EXIT_WORLD, "line %lu: '%s' stands twice in one object",
			json_key_line(text, len, twice.n), twice.text);
		cJSON_Delete(root);
		return NULL;
	}
	return root;
}

void json_free(json *node)
{
	cJSON_Delete(node);
}

void json_leave(json **node)
{
	cJSON_Delete(*node);
}

json *json_object(void)
{
	return cJSON_CreateObject();
}

json *json_array(void)
{
	return cJSON_CreateArray();
}

json *json_string(const char *text)
{
	size_t len = strlen(text);
	struct buf fixed BUF_LOCAL = {.soft = memory == malloc};

	if (text_is_utf8(text, len))
		return cJSON_CreateString(text);
	text_add_utf8(&fixed, text, len);
	json *node = fixed.failed ? NULL : cJSON_CreateString(buf_text(&fixed));
	return node;
}

json *json_number(double value)
{
	return cJSON_CreateNumber(value);
}

json *json_true(void)
{
	return cJSON_CreateTrue();
}

json *json_null(void)
{
	return cJSON_CreateNull();
}

json *json_copy(const json *node)
{
	return cJSON_Duplicate(node, true);
}

bool json_put(json *object, const char *key, json *value)
{
	if (object && value && cJSON_AddItemToObject(object, key, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/* The library's own child, to change it. */
static cJSON *find(const json *object, const char *key)
{
	cJSON *child;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach(child, object)
	{
		if (child->string && strcmp(child->string, key) == 0)
			return child;
	}
	return NULL;
}

bool json_set(json *object, const char *key, json *value)
{
	cJSON *old = find(object, key);

	if (!old || !value)
		return json_put(object, key, value);
	/* the new one inherits the name: nothing to allocate, nothing that can fail */
	cJSON_free(value->string);
	value->string = old->string;
	old->string = NULL;
	return cJSON_ReplaceItemViaPointer(object, old, value);
}

bool json_merge(json *object, const json *from, const char *inner)
{
	for (const json *node = json_first(from); node; node = json_next(node)) {
		cJSON *old = find(object, json_key(node));
		bool is_inner = json_is(node, JSON_OBJECT) && json_is(old, JSON_OBJECT) &&
				strcmp(json_key(node), inner) == 0;
		if (is_inner ? !json_merge(old, node, "")
			     : !json_set(object, json_key(node), json_copy(node)))
			return false;
	}
	return true;
}

bool json_push(json *array, json *value)
{
	if (array && value && cJSON_AddItemToArray(array, value))
		return true;
	cJSON_Delete(value);
	return false;
}

bool json_replace(json *array, const json *old, json *value)
{
	if (array && value && cJSON_ReplaceItemViaPointer(array, (json *)old, value))
		return true;
	cJSON_Delete(value);
	return false;
}

enum json_kind json_kind(const json *node)
{
	switch (node ? node->type & 0xff : cJSON_NULL) {
	case cJSON_String:
		return JSON_STRING;
	case cJSON_Number:
		return JSON_NUMBER;
	case cJSON_True:
		return JSON_TRUE;
	case cJSON_False:
		return JSON_FALSE;
	case cJSON_Object:
		return JSON_OBJECT;
	case cJSON_Array:
		return JSON_ARRAY;
	default:
		return JSON_NULL;
	}
}

const json *json_get(const json *object, const char *key)
{
	return find(object, key);
}

const char *json_str(const json *node, const char *otherwise)
{
	return cJSON_IsString(node) ? node->valuestring : otherwise;
}

double json_num(const json *node, double otherwise)
{
	return cJSON_IsNumber(node) ? node->valuedouble : otherwise;
}

bool json_is(const json *node, enum json_kind kind)
{
	return node && json_kind(node) == kind;
}

const char *json_get_str(const json *object, const char *key, const char *otherwise)
{
	return json_str(json_get(object, key), otherwise);
}

double json_get_num(const json *object, const char *key, double otherwise)
{
	return json_num(json_get(object, key), otherwise);
}

const json *json_first(const json *container)
{
	return container ? container->child : NULL;
}

const json *json_next(const json *node)
{
	return node ? node->next : NULL;
}

const char *json_key(const json *node)
{
	return node && node->string ? node->string : "";
}

size_t json_count(const json *container)
{
	size_t count = 0;

	for (const json *child = json_first(container); child; child = child->next)
		count++;
	return count;
}

json *json_detach(json *object, const char *key)
{
	cJSON *child = find(object, key);

	return child ? cJSON_DetachItemViaPointer(object, child) : NULL;
}

/* Is a JSON tree what a JSON Schema says? Of draft 2020-12 what the schemas of src/schema use; a
 * schema with another keyword lets nothing pass, so that a test sees it. */
#ifndef BASE_JSON_SCHEMA_H
#define BASE_JSON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

struct json_schema;

/* NULL if the text is no JSON. */
struct json_schema *json_schema_new(const char *text, size_t len);
void json_schema_free(struct json_schema *schema);
/* What is wrong is appended, separated by "; ", some of it if it is much: "inputs[0].type: it is
 * missing". */
bool json_schema_check(struct json_schema *schema, const json *tree, struct buf *wrong);

#endif

#include "record/manifest/manifest_schema.h"

#include <assert.h>
#include <stdint.h>

/* It lies in the program as it is on disk, put there by the assembler. */
__asm__(".pushsection .rodata\n"
	".balign 8\n"
	"manifest_schema_size:\n"
	".quad 2f - 1f\n"
	"manifest_schema_text:\n"
	"1:\n"
	".incbin \"" RESTAGE_MANIFEST_SCHEMA "\"\n"
	"2:\n"
	".popsection\n");

#define IN_THIS_FILE __attribute__((visibility("hidden")))

extern const uint64_t manifest_schema_size IN_THIS_FILE;
extern const char manifest_schema_text[] IN_THIS_FILE;

struct json_schema *manifest_schema_new(void)
{
	struct json_schema *schema = json_schema_new(manifest_schema_text, manifest_schema_size);

	assert(schema);
	return schema;
}

/* The schema of manifests, src/schema/manifest.schema.json, as it is installed. */
#ifndef RECORD_MANIFEST_SCHEMA_H
#define RECORD_MANIFEST_SCHEMA_H

#include "base/json_schema.h"

struct json_schema *manifest_schema_new(void);

#endif

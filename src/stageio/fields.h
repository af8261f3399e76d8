/* What a caller gives as named values, as members of a JSON object. */
#ifndef STAGEIO_FIELDS_H
#define STAGEIO_FIELDS_H

#include "base/json.h"
#include "stageio.h"

/* Names that a caller may not use, by what the fields are for; each list ends with NULL. */
extern const char *const fields_reserved_file[];
extern const char *const fields_reserved_intermediate[];
extern const char *const fields_reserved_resource[];
extern const char *const fields_reserved_manifest[];
extern const char *const fields_reserved_nothing[];

/* Appends the fields, labels excepted, to the object. Gives a code. */
int fields_put(json *object, const stageio_field *fields, size_t count, const char *const *reserved);
/* Appends the label among the fields, if there is one. Gives a code. */
int fields_put_label(json *object, const stageio_field *fields, size_t count);

#endif

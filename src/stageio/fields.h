/* What a caller gives as named values, as members of a JSON object. */
#ifndef STAGEIO_FIELDS_H
#define STAGEIO_FIELDS_H

#include "base/json.h"
#include "stageio.h"

/* What the fields are for: which names a caller may not use. */
enum fields_of {
	FIELDS_OF_FILE,
	FIELDS_OF_INTERMEDIATE,
	FIELDS_OF_RESOURCES,
	FIELDS_OF_MANIFEST,
	FIELDS_OF_CONFIG, /* all may be used */
};

/* Appends the fields, labels excepted, to the object. Gives a code. */
int fields_put(json *object, const stageio_field *fields, size_t count, enum fields_of of);
/* Appends the label among the fields, if there is one. Gives a code. */
int fields_put_label(json *object, const stageio_field *fields, size_t count);

#endif

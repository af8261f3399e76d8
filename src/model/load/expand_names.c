/* What the names in placeholders mean by their form, before anything is looked up. */
#include <string.h>

#include "model/load/expand.h"

bool placeholder_is_name(const char *name, size_t len, const char *other)
{
	return strlen(other) == len && memcmp(name, other, len) == 0;
}

/* stage.X, job.X, pipeline.X and root: -1 if there is no such name, else the MAY_ that it needs. */
int placeholder_fixed(const char *name, size_t len)
{
	static const struct {
		const char *name;
		unsigned need;
	} fixed[] = {
		{"stage.name", MAY_STAGE},
		{"stage.threads", MAY_STAGE},
		{"stage.dir", MAY_DIR},
		{"stage.number", MAY_PLACE},
		{"job.name", MAY_STAGE},
		{"job.dir", MAY_PLACE},
		{"pipeline.name", MAY_PIPELINE},
		{"root", MAY_PLACE},
	};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (placeholder_is_name(name, len, fixed[i].name))
			return (int)fixed[i].need;
	return -1;
}

/* What has to be allowed for a placeholder of this family; 0: it is no family. */
unsigned placeholder_family(const char *name, size_t len)
{
	static const struct {
		const char *name;
		unsigned need;
	} families[] = {
		{"params", MAY_PARAMS},
		{"config", MAY_CONFIG},
		{"env", MAY_ENV},
		{"each", MAY_EACH},
		{"input", MAY_INPUT},
		{"output", MAY_OUTPUT},
		{"intermediate", MAY_OUTPUT},
	};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (placeholder_is_name(name, len, families[i].name))
			return families[i].need;
	return 0;
}

bool placeholder_is_reserved(const char *head, size_t len)
{
	return placeholder_is_name(head, len, "stage") || placeholder_is_name(head, len, "job") ||
	       placeholder_is_name(head, len, "pipeline") || placeholder_is_name(head, len, "root") ||
	       placeholder_family(head, len);
}

bool placeholder_is_upstream(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);

	return dot && !placeholder_is_reserved(name, (size_t)(dot - name));
}

bool placeholder_is_file(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);

	return dot && placeholder_family(name, (size_t)(dot - name)) & (MAY_INPUT | MAY_OUTPUT);
}

bool placeholder_is_symbol(const char *name, size_t len)
{
	int fixed = placeholder_fixed(name, len);

	if (fixed >= 0)
		return (unsigned)fixed & (MAY_PLACE | MAY_DIR);
	return placeholder_is_file(name, len);
}

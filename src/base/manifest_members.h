/* The members that a manifest has of its own: one table for those who write manifests, read them,
 * keep parts of them, or guard their names against what a stage reports. What the members mean is
 * told in record/manifest/manifest.c. */
#ifndef BASE_MANIFEST_MEMBERS_H
#define BASE_MANIFEST_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_SCHEMA "restage.manifest/1"
/* what a stage reports under a name that the manifest has of its own */
#define MANIFEST_META "meta"
/* in "resources": the parts of a stage, of which so many are written down */
#define MANIFEST_PHASES "phases"
#define MANIFEST_PHASES_MAX 1000
#define MANIFEST_MAX ((size_t)1 << 30) /* bytes; a manifest of a million files has some 300 MB */

/* So many warnings are written down: a tool may print millions. */
#define MANIFEST_WARNINGS_MAX 100

enum manifest_kind {
	MANIFEST_VALUE,
	MANIFEST_LIST,
	MANIFEST_OBJECT,
	MANIFEST_OPTIONAL, /* of any kind, and only where it applies */
};

/* goes on in last_success: judging, replaying, showing and restoring the last success need it */
#define MANIFEST_KEPT 1u
#define MANIFEST_JUDGED 2u /* what `accept` makes anew */
#define MANIFEST_SHARED 4u /* a stage may finalize with a field of that name */

struct manifest_member {
	const char *name;
	enum manifest_kind kind;
	unsigned flags;
};

extern const struct manifest_member manifest_members[]; /* in their order; the last has no name */

/* Is it the name of a member, so that a stage's own field may not have it? */
bool manifest_is_member(const char *name);
/* The same of a file's members, and of "event", which tells in a report what it is about. */
bool manifest_is_file_member(const char *name, bool is_intermediate);
/* The same of what stands in "resources" and no stage measures. */
bool manifest_is_resource_member(const char *name);

#endif

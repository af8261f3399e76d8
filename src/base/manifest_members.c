#include "base/manifest_members.h"

#include <string.h>

#define MADE_ANEW (MANIFEST_KEPT | MANIFEST_JUDGED)

const struct manifest_member manifest_members[] = {
	{"schema", MANIFEST_VALUE, 0},
	{"stage", MANIFEST_VALUE, 0},
	{"stage_number", MANIFEST_VALUE, MADE_ANEW},
	{"each", MANIFEST_OPTIONAL, 0},
	{"instances", MANIFEST_OPTIONAL, 0},
	{"timestamp", MANIFEST_VALUE, MANIFEST_KEPT},
	{"status", MANIFEST_VALUE, MANIFEST_KEPT},
	{"duration_seconds", MANIFEST_VALUE, MANIFEST_KEPT},
	{"completed_at", MANIFEST_VALUE, MANIFEST_KEPT},
	{"pipeline", MANIFEST_VALUE, 0},
	{"job", MANIFEST_VALUE, 0},
	{"stage_dir", MANIFEST_VALUE, MADE_ANEW},
	{"run", MANIFEST_VALUE, MANIFEST_KEPT},
	{"attempt", MANIFEST_VALUE, MANIFEST_KEPT},
	{"command", MANIFEST_VALUE, MANIFEST_KEPT},
	{"dir", MANIFEST_OPTIONAL, MADE_ANEW},
	{"exit_code", MANIFEST_VALUE, MANIFEST_KEPT},
	{"signal", MANIFEST_OPTIONAL, 0},
	{"interrupted", MANIFEST_OPTIONAL, 0},
	{"reasons", MANIFEST_LIST, MANIFEST_KEPT},
	{"inputs", MANIFEST_LIST, MADE_ANEW},
	{"outputs", MANIFEST_LIST, MADE_ANEW},
	{"intermediate_files", MANIFEST_LIST, MADE_ANEW},
	{"config", MANIFEST_OBJECT, MADE_ANEW},
	{"reported_config", MANIFEST_OPTIONAL, MADE_ANEW},
	{"conflicting_config", MANIFEST_OPTIONAL, MADE_ANEW},
	{"env", MANIFEST_OBJECT, MADE_ANEW},
	{"tools", MANIFEST_OBJECT, MADE_ANEW},
	{"container", MANIFEST_OPTIONAL, MANIFEST_KEPT},
	{"resources", MANIFEST_OBJECT, MANIFEST_KEPT},
	{"executor", MANIFEST_OPTIONAL, MANIFEST_KEPT},
	{"metrics", MANIFEST_OPTIONAL, MANIFEST_SHARED | MADE_ANEW},
	{"errors", MANIFEST_LIST, MANIFEST_KEPT},
	{"warnings", MANIFEST_LIST, MANIFEST_KEPT},
	{"warning_count", MANIFEST_OPTIONAL, MANIFEST_KEPT},
	{"key", MANIFEST_OPTIONAL, MADE_ANEW},
	{"untracked", MANIFEST_OPTIONAL, MANIFEST_KEPT},
	{"accepted", MANIFEST_OPTIONAL, MANIFEST_KEPT},
	{"restored_from", MANIFEST_OPTIONAL, MANIFEST_KEPT},
	{"reason", MANIFEST_OPTIONAL, MANIFEST_SHARED | MANIFEST_KEPT},
	{"last_success", MANIFEST_OPTIONAL, 0},
	{"last_failure", MANIFEST_OPTIONAL, 0},
	{NULL, MANIFEST_VALUE, 0},
};

/* Those of intermediates first; behind "size_bytes" comes what a stage reports of a file. */
static const char *const file_members[] = {"retained", "reason", "type", "path", "size_bytes",
	"file_count", "exclude", "view", "view_command", "label", "origin", "checksum", "mtime_ns",
	"track", "missing", "executable", "changed_during_run", "changed_by_stage", "event"};
#define OF_INTERMEDIATES 2

bool manifest_is_member(const char *name)
{
	for (const struct manifest_member *member = manifest_members; member->name; member++) {
		if (strcmp(member->name, name) == 0)
			return !(member->flags & MANIFEST_SHARED);
	}
	return false;
}

bool manifest_is_resource_member(const char *name)
{
	return strcmp(name, "cost") == 0 || strcmp(name, "costs") == 0 ||
	       strcmp(name, "currency") == 0 || strcmp(name, MANIFEST_PHASES) == 0;
}

bool manifest_is_file_member(const char *name, bool is_intermediate)
{
	for (size_t i = is_intermediate ? 0 : OF_INTERMEDIATES;
		i < sizeof file_members / sizeof *file_members; i++) {
		if (strcmp(file_members[i], name) == 0)
			return true;
	}
	return false;
}

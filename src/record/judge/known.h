/* What the index knows of a job's stages, so that their manifests need not be read: the successes
 * of which it holds the record, and whose manifests are still the ones that it saw. */
#ifndef RECORD_KNOWN_H
#define RECORD_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct graph;
struct index;
struct stamps;

struct known {
	const struct graph *graph;
	/* of this very graph, which the stamps have adopted; NULL: nothing is known */
	const struct index *index;
	struct stamps *stamps;
	bool *is_current; /* by stage: its manifest is the one; filled in by known_look; owned */
};

/* Does the index have the stage's record? Whether that is still the manifest's is known after
 * known_look. */
bool known_has(const struct known *known, uint32_t stage);
/* Can the stage be judged by it? */
bool known_is_current(const struct known *known, uint32_t stage);

/* Sees the files `ids` (stamps_look), and with them the manifests of wanted stages, each right
 * after an output beside it, while the directory is at hand. Waits. */
void known_look(struct known *known, const bool *wanted, const uint32_t *ids, size_t count);
/* After known_look: has a wanted stage a record, and no manifest where the graph has it? The index
 * is of a run that left all stages at the places of its graph; then one may have been moved since,
 * by hand or under another definition. */
bool known_is_astray(const struct known *known, const bool *wanted);
void known_end(struct known *known);

#endif

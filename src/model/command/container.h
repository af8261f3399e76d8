/* Containers: what an engine is told to run a command in one. Pure: what is installed and what lies
 * where comes as data, and the result is a command like any other, for this machine or another.
 *
 * Inside are: the root at its own path, further mounts at theirs, the calling user, the directory
 * in which the command would run anyway, the variables that it is given, and those GPUs that it
 * has. No network unless said, no entry point, no pull. Variables are handed over by their name
 * alone, so that no value stands in an argument, where every user of the machine sees it; the
 * engine finds them among its own. Those that would change what the engine itself does are the
 * exception: they are given with their value. apptainer takes variables of its own names. */
#ifndef MODEL_CONTAINER_H
#define MODEL_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct command;

/* X(id, name, further names of its program) in the order in which they are looked for: what runs as
 * the calling user alone goes before what asks a daemon. */
#define CONTAINER_ENGINES(X) \
	X(PODMAN, "podman", NULL) \
	X(APPTAINER, "apptainer", "singularity") \
	X(DOCKER, "docker", NULL)

#define CONTAINER_ID(id, ...) CONTAINER_##id,
enum container_engine {
	CONTAINER_ENGINES(CONTAINER_ID) CONTAINER_NO_ENGINE
};

/* On a machine that has not been seen: whatever its own variables leave of them. */
#define CONTAINER_ALL_GPUS "all"

/* What `container` names. */
enum container_image {
	CONTAINER_REFERENCE, /* to be found here or in a registry */
	CONTAINER_FILE,      /* an image file: a path that ends in .sif, .img or .sqfs */
	CONTAINER_TREE,      /* any other path (it begins with '/' or '.'): of a root file system */
};

struct container {
	enum container_engine engine;
	const char *program; /* the engine's */
	enum container_image kind;
	/* The reference, or the absolute path. apptainer runs references from `file`. */
	const char *image, *file;
	const char *id; /* of a reference's image, should it be known: podman and docker run that */
	const char *name;
	const char *dir;           /* where it runs, absolute */
	const char *const *mounts; /* absolute, each with ":ro" behind it or not; NULL-terminated */
	const char *const *passed; /* variables that are handed on; NULL-terminated */
	const char *const *further; /* arguments for the engine; NULL-terminated */
	const char *gpus;           /* ids with commas between; NULL: none */
	bool has_amd_gpus;
	bool has_network;
	bool has_terminal;
	bool may_pull; /* on a machine on which nobody has seen to it */
	unsigned uid, gid;
};

/* "podman"; NULL for none. *other: the second name of its program, or NULL. */
const char *container_engine_name(enum container_engine engine, const char **other);
enum container_engine container_engine_find(const char *name); /* CONTAINER_NO_ENGINE: unknown */
/* Can it run such an image? */
bool container_engine_takes(enum container_engine engine, enum container_image kind);

enum container_image container_image_kind(const char *image);
/* "sha256:..." of a reference that says which image it means, behind its '@'; NULL. */
const char *container_pinned(const char *image);

/* The command becomes one that runs it in the container; *env, "NAME=value" and NULL-terminated,
 * what that has to be given instead. All in the arena, or what was there before. */
void container_wrap(struct arena *arena, const struct container *container, struct command *command,
	char ***env);

/* What tells the id of the reference's image: one line on standard output. It fails if the image is
 * not here. */
char **container_ask(struct arena *arena, const struct container *container);
/* What brings it here. */
char **container_pull(struct arena *arena, const struct container *container);
/* What removes a container of that name, running or not; NULL: nothing stays of this engine's. */
char **container_remove(struct arena *arena, const struct container *container);

#endif

/* The one way through a directory tree. It goes by descriptors: a link that is put in the place of
 * a directory is not entered, a path may be longer than PATH_MAX, and a tree may be deeper than
 * there are descriptors. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* Answers of `enter`: not into this directory; into the one that this link leads to. */
#define TREE_SKIP (-1000)
#define TREE_FOLLOW (-1001)

struct tree_entry {
	int parent;       /* descriptor of the directory that holds it */
	const char *name; /* in parent */
	const char *rel;  /* from the root of the walk; borrowed */
	char type;        /* 'f', 'd', 'l', 'o', as it was when the directory was read */
};

struct tree_visitor {
	/* Each entry, sorted by bytes within its directory, a directory before its content. Other
	 * than 0, TREE_SKIP and TREE_FOLLOW ends the walk and is its result. */
	int (*enter)(void *ctx, const struct tree_entry *entry);
	/* A directory, or a link that was followed, after its content; not called if it could no
	 * longer be opened as one. May be NULL. */
	int (*leave)(void *ctx, const struct tree_entry *entry);
	/* For removal: the root may not be a link, and directories are made writable first. */
	bool will_remove;
};

/* -1 with err filled where a directory cannot be read, or (ELOOP, EXIT_USAGE) a link that is to be
 * followed leads back to a directory that it lies in; vanished ones are passed over, but not a
 * missing root. Memory that runs out is an error, too. */
int tree_walk(const char *root, const struct tree_visitor *visitor, void *ctx, struct err *err);

/* For visitors. err about the entry `rel` of the tree; "" is its root. -1. */
int tree_fail(const char *root, const char *rel, int errnum, const char *what, struct err *err);
/* Does the error say only that something vanished, or became something else, meanwhile? */
bool tree_is_gone(int errnum);

#endif

/* The thread that looks what process trees use of GPUs. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "run/exec/exec_part.h"
#include "run/exec/gpu.h"

#define LOOK_MS 200 /* between two looks; drivers have a new sample a few times a second */
#define END_MS 300  /* a thread that does not come to its end in that time is left behind */
#define HANG_S 10   /* a library that takes so long is told of */

struct gpu_meter {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* a tree came, or the end */
	pthread_cond_t left;
	struct gpu_tree *trees; /* what the loop adds, reads and ends; the thread's are copies */
	const char *proc;
	int64_t asked_ns; /* since when the library has not answered, monotonic; 0: it has */
	char notice[256];
	bool is_told, is_ending, has_left, has_thread;
};

void gpu_add_name(char *names, const char *name, uint32_t count)
{
	size_t len = strlen(names);

	if (count > 1)
		snprintf(names + len, GPU_NAMES_SIZE - len, "%s%u x %s", len ? ", " : "", count,
			name);
	else
		snprintf(names + len, GPU_NAMES_SIZE - len, "%s%s", len ? ", " : "", name);
}

static struct gpu_tree **find(struct gpu_tree **trees, uint64_t id)
{
	while (*trees && (*trees)->id != id)
		trees = &(*trees)->next;
	return trees;
}

static void free_tree(struct gpu_tree *tree)
{
	if (tree->clients)
		free(tree->clients->items);
	free(tree->clients);
	free(tree->processes.pids);
	free(tree->ids);
	free(tree);
}

static struct gpu_tree *new_tree(uint64_t id, pid_t pid, const char *ids)
{
	struct gpu_tree *tree = mem_alloc(sizeof *tree);

	tree->id = id;
	tree->pid = pid;
	tree->ids = mem_strdup(ids);
	tree->began_us = clock_wall_ns() / 1000;
	return tree;
}

/* The thread's own trees, after those of the loop: new ones come, ended ones go. */
static void follow_trees(struct gpu_meter *meter, struct gpu_tree **own)
{
	for (struct gpu_tree **link = own; *link;) {
		struct gpu_tree *tree = *link;
		if (*find(&meter->trees, tree->id)) {
			link = &tree->next;
		} else {
			*link = tree->next;
			free_tree(tree);
		}
	}
	for (struct gpu_tree *tree = meter->trees; tree; tree = tree->next) {
		if (*find(own, tree->id))
			continue;
		struct gpu_tree *copy = new_tree(tree->id, tree->pid, tree->ids);
		copy->clients = mem_alloc(sizeof *copy->clients);
		copy->next = *own;
		*own = copy;
	}
}

static void sum_up(const struct nvml *nvml, struct gpu_tree *tree)
{
	struct exec_gpu_use *use = &tree->use;

	use->seconds = tree->nvml_seconds + fdinfo_seconds(tree->clients);
	use->memory_mb = tree->nvml_memory_mb + fdinfo_memory_mb(tree->clients);
	if (use->memory_mb > use->peak_mb)
		use->peak_mb = use->memory_mb;
	*use->names = '\0';
	if (nvml)
		nvml_add_names(nvml, tree->nvml_used, use->names);
	fdinfo_add_names(tree->clients, use->names);
	use->is_known = tree->is_nvml_known || *use->names;
}

static void look(const char *proc, struct nvml *nvml, struct gpu_tree *trees, int64_t passed_ns)
{
	for (struct gpu_tree *tree = trees; tree; tree = tree->next) {
		tree->processes.count = 0;
		sample_processes(tree->pid, tree->has_orphans, &tree->processes);
		fdinfo_look(proc, &tree->processes, tree->clients, passed_ns);
	}
	if (nvml)
		nvml_look(nvml, trees);
	for (struct gpu_tree *tree = trees; tree; tree = tree->next)
		sum_up(nvml, tree);
}

static void after(struct timespec *until, long ms)
{
	clock_gettime(CLOCK_MONOTONIC, until);
	until->tv_nsec += ms * 1000000;
	until->tv_sec += until->tv_nsec / 1000000000;
	until->tv_nsec %= 1000000000;
}

/* Until the next look, with the lock. */
static void rest(struct gpu_meter *meter)
{
	struct timespec until;

	after(&until, LOOK_MS);
	if (!meter->is_ending && meter->trees)
		pthread_cond_timedwait(&meter->wake, &meter->lock, &until);
	while (!meter->is_ending && !meter->trees)
		pthread_cond_wait(&meter->wake, &meter->lock);
}

static struct nvml *open_library(struct gpu_meter *meter)
{
	const char *why;
	struct nvml *nvml = nvml_open(&why);

	pthread_mutex_lock(&meter->lock);
	if (why && !*meter->notice) /* nobody reads it then */
		snprintf(meter->notice, sizeof meter->notice,
			"use of GPUs is not measured: NVIDIA's libnvidia-ml.so.1 %s", why);
	pthread_mutex_unlock(&meter->lock);
	return nvml;
}

static void *meter_main(void *ctx)
{
	struct gpu_meter *meter = ctx;
	struct gpu_tree *own = NULL;
	int64_t before_ns = clock_mono_ns();
	struct nvml *nvml = open_library(meter);

	pthread_mutex_lock(&meter->lock);
	while (!meter->is_ending) {
		follow_trees(meter, &own);
		int64_t now_ns = meter->asked_ns = clock_mono_ns();
		pthread_mutex_unlock(&meter->lock);
		look(meter->proc, nvml, own, now_ns - before_ns);
		before_ns = now_ns;
		pthread_mutex_lock(&meter->lock);
		meter->asked_ns = 0;
		for (struct gpu_tree *tree = own; tree; tree = tree->next) {
			struct gpu_tree *known = *find(&meter->trees, tree->id);
			if (known)
				known->use = tree->use;
		}
		rest(meter);
	}
	pthread_mutex_unlock(&meter->lock);
	while (own) {
		struct gpu_tree *next = own->next;
		free_tree(own);
		own = next;
	}
	nvml_close(nvml);
	pthread_mutex_lock(&meter->lock);
	meter->has_left = true;
	pthread_cond_signal(&meter->left);
	pthread_mutex_unlock(&meter->lock);
	return NULL;
}

struct gpu_meter *gpu_meter_new(const char *proc)
{
	struct gpu_meter *meter = mem_alloc(sizeof *meter);
	pthread_condattr_t monotonic;
	sigset_t all, old;

	meter->proc = proc ? proc : "/proc";
	meter->asked_ns = clock_mono_ns();
	pthread_mutex_init(&meter->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&meter->wake, &monotonic);
	pthread_cond_init(&meter->left, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	meter->has_thread = pthread_create(&meter->thread, NULL, meter_main, meter) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return meter;
}

void gpu_meter_add(
	struct gpu_meter *meter, uint64_t id, pid_t pid, bool has_orphans, const char *ids)
{
	struct gpu_tree *tree = new_tree(id, pid, ids);

	tree->has_orphans = has_orphans;
	pthread_mutex_lock(&meter->lock);
	tree->next = meter->trees;
	meter->trees = tree;
	pthread_cond_signal(&meter->wake);
	pthread_mutex_unlock(&meter->lock);
}

struct exec_gpu_use gpu_meter_read(struct gpu_meter *meter, uint64_t id)
{
	struct exec_gpu_use use = {0};

	pthread_mutex_lock(&meter->lock);
	const struct gpu_tree *tree = *find(&meter->trees, id);
	if (tree)
		use = tree->use;
	pthread_mutex_unlock(&meter->lock);
	return use;
}

struct exec_gpu_use gpu_meter_end(struct gpu_meter *meter, uint64_t id)
{
	struct exec_gpu_use use = {0};

	pthread_mutex_lock(&meter->lock);
	struct gpu_tree **link = find(&meter->trees, id), *tree = *link;
	if (tree) {
		use = tree->use;
		*link = tree->next;
		free_tree(tree);
	}
	pthread_mutex_unlock(&meter->lock);
	return use;
}

const char *gpu_meter_notice(struct gpu_meter *meter)
{
	const char *notice = NULL;

	pthread_mutex_lock(&meter->lock);
	bool hangs =
		meter->asked_ns && clock_mono_ns() - meter->asked_ns > HANG_S * INT64_C(1000000000);
	if (!*meter->notice && hangs)
		snprintf(meter->notice, sizeof meter->notice,
			"use of GPUs is not measured: their driver has not answered for %d s",
			HANG_S);
	if (*meter->notice && !meter->is_told) {
		meter->is_told = true;
		notice = meter->notice;
	}
	pthread_mutex_unlock(&meter->lock);
	return notice;
}

/* Tells whether it has come to its end. */
static bool end_thread(struct gpu_meter *meter)
{
	struct timespec until;
	int code = 0;

	after(&until, END_MS);
	pthread_mutex_lock(&meter->lock);
	meter->is_ending = true;
	pthread_cond_signal(&meter->wake);
	while (!meter->has_left && code != ETIMEDOUT)
		code = pthread_cond_timedwait(&meter->left, &meter->lock, &until);
	bool has_left = meter->has_left;
	pthread_mutex_unlock(&meter->lock);
	if (has_left)
		pthread_join(meter->thread, NULL);
	else
		pthread_detach(meter->thread);
	return has_left;
}

void gpu_meter_free(struct gpu_meter *meter)
{
	if (!meter || (meter->has_thread && !end_thread(meter)))
		return;
	while (meter->trees) {
		struct gpu_tree *next = meter->trees->next;
		free_tree(meter->trees);
		meter->trees = next;
	}
	pthread_mutex_destroy(&meter->lock);
	pthread_cond_destroy(&meter->wake);
	pthread_cond_destroy(&meter->left);
	free(meter);
}

/* What process trees use of GPUs: for exec_local's own files, and tests.
 *
 * A thread looks, so that a library that hangs holds nobody up. NVML tells of NVIDIA's, the fdinfo
 * files of DRM drivers of others; processes are told apart by their numbers. Where NVML cannot do
 * that (numbers of another name space, or a device that does not count by process) what is told is
 * of the devices that the tree has, and says so. */
#ifndef RUN_GPU_H
#define RUN_GPU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/process.h"
#include "run/exec/exec.h"

struct gpu_meter;

/* proc: where the directories of processes lie; NULL: /proc. Borrowed. */
struct gpu_meter *gpu_meter_new(const char *proc);
/* ids: of the devices that the tree has, with commas between. */
void gpu_meter_add(
	struct gpu_meter *meter, uint64_t id, pid_t pid, bool has_orphans, const char *ids);
/* What is known so far. */
struct exec_gpu_use gpu_meter_read(struct gpu_meter *meter, uint64_t id);
struct exec_gpu_use gpu_meter_end(struct gpu_meter *meter, uint64_t id); /* no more looks */
/* Why nothing is measured, once; NULL. In a buffer of the meter's. */
const char *gpu_meter_notice(struct gpu_meter *meter);
void gpu_meter_free(struct gpu_meter *meter); /* leaves a thread behind that does not answer */

/* A tree as the thread sees it. */
struct gpu_tree {
	uint64_t id;
	pid_t pid;
	bool has_orphans; /* see sample_processes */
	int64_t began_us; /* wall */
	char *ids;
	struct process_list processes; /* now */
	struct gpu_clients *clients;   /* of DRM drivers */
	struct exec_gpu_use use;
	uint64_t nvml_used; /* bit n: NVML's device n */
	double nvml_seconds, nvml_memory_mb;
	bool is_nvml_known;
	bool has_numbers; /* those that NVML tells are those of its processes */
	struct gpu_tree *next;
};

#define GPU_NAMES_SIZE sizeof((struct exec_gpu_use *)NULL)->names

/* gpu_nvml.c */
struct nvml;
/* Loads the library. NULL: there is none, or no device; *why then, if it is there and does not
 * work. */
struct nvml *nvml_open(const char **why);
void nvml_look(struct nvml *nvml, struct gpu_tree *trees);
/* Appends the names of the devices, to a text of GPU_NAMES_SIZE bytes. */
void nvml_add_names(const struct nvml *nvml, uint64_t devices, char *names);
void nvml_close(struct nvml *nvml);

/* gpu_fdinfo.c */
#define GPU_ENGINES_MAX 24

/* An open file of a DRM driver: several descriptors, also of several processes, may be one. */
struct gpu_client {
	char device[64]; /* driver, and place on the bus */
	uint64_t id;
	uint64_t memory; /* bytes */
	struct gpu_engine {
		char name[24];
		uint64_t capacity;      /* how many of them are counted together */
		uint64_t busy_ns;       /* so far */
		uint64_t cycles, total; /* instead, of some drivers: busy ones, and all */
		bool has_ns;
	} engines[GPU_ENGINES_MAX];
	uint32_t engine_count;
	bool is_there; /* it was seen in this look */
	bool has_used; /* it had memory, or an engine was busy */
};

struct gpu_clients {
	struct gpu_client *items;
	uint32_t count, cap;
};

/* The text of a fdinfo file; false: it is not of a DRM driver. */
bool fdinfo_parse(const char *text, struct gpu_client *client);
/* Takes over what is new of it. passed_ns: since it was seen before. */
void fdinfo_take(struct gpu_clients *clients, const struct gpu_client *seen, int64_t passed_ns);
/* Looks at all files of the processes. */
void fdinfo_look(const char *proc, const struct process_list *processes,
	struct gpu_clients *clients, int64_t passed_ns);
/* Busy seconds so far: of each device that of its busiest engine. */
double fdinfo_seconds(const struct gpu_clients *clients);
double fdinfo_memory_mb(const struct gpu_clients *clients);
void fdinfo_add_names(const struct gpu_clients *clients, char *names);

/* "A", then "A, B"; of the same name "2 x A". */
void gpu_add_name(char *names, const char *name, uint32_t count);

#endif

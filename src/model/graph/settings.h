/* The settings of a stage: what stages seldom differ in, a row each.
 *
 * A new one is its row here, its section in doc/pipeline-file.md, and the code that uses it. From
 * the row come the member of struct settings, the key of [stage:...] and how its value is read, the
 * comparison of settings, what is checked of a graph that is read back, and what `show` tells, as
 * text and as JSON, in the order of the rows. */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, key, kind, member, more): kinds are those of enum setting_kind, `more` is of struct
 * setting. */
#define SETTINGS(X) \
	X(SHELL, "shell", TEXT, shell, .title = "shell") \
	X(DIR, "dir", PLACE, dir, .title = "runs in", .json = "dir", .or_null = true) \
	X(CONTAINER, "container", TEXT, container, .title = "container", .json = "container", \
		.or_null = true) \
	X(CONTAINER_NETWORK, "container.network", FLAG, flags, .title = "has network", \
		.json = "container_network", .flag = SET_CONTAINER_NETWORK) \
	X(CONTAINER_MOUNT, "container.mount", WORDS, container_mount, .title = "mounts", \
		.json = "container_mount") \
	X(CONTAINER_ARGUMENTS, "container.arguments", TEXT, container_arguments, \
		.title = "arguments", .json = "container_arguments", .or_null = true) \
	X(PASS_ENV, "pass_env", VARIABLES, pass_env, .title = "passed on") \
	X(TIMEOUT, "timeout", DURATIONS, timeout_ms, .title = "timeout", \
		.json = "timeout_seconds", .or_null = true) \
	X(GRACE, "grace", DURATION, grace_ms, .json = "grace_seconds", .initial = 10000) \
	X(RETRIES, "retries", COUNT, retries, .title = "retries", .json = "retries") \
	X(RETRY_DELAY, "retry_delay", DURATION, retry_delay_ms, .json = "retry_delay_seconds") \
	X(THREADS, "threads", COUNT, threads, .title = "threads", .json = "threads", .initial = 1, \
		.least = 1) \
	X(MEMORY, "memory", SIZES, memory, .title = "memory", .json = "memory_bytes", \
		.or_null = true) \
	X(GPU, "gpu", COUNT, gpu, .title = "gpu", .json = "gpu", .or_null = true) \
	X(POOL, "pool", POOLS, pools, .title = "pool", .json = "pool", .or_null = true) \
	X(MAX_AGE, "max_age", DURATION, max_age_ms, .title = "max age", .json = "max_age_seconds", \
		.initial = UINT64_MAX, .or_null = true) \
	X(ALLOW_FAILURE, "allow_failure", FLAG, flags, .title = "may fail", \
		.json = "allow_failure", .flag = SET_ALLOW_FAILURE) \
	X(KEEP_FAILED, "keep_failed", FLAG, flags, .title = "keep failed", .json = "keep_failed", \
		.flag = SET_KEEP_FAILED, .initial = true) \
	X(CONSOLE, "console", FLAG, flags, .title = "console", .json = "console", \
		.flag = SET_CONSOLE) \
	X(EXECUTOR, "executor", TEXT, executor, .title = "executor", .json = "executor", \
		.or_null = true) \
	X(SLURM_PARTITION, "slurm.partition", TEXT, slurm_partition, .title = "partition", \
		.json = "slurm_partition", .or_null = true) \
	X(SLURM_ACCOUNT, "slurm.account", TEXT, slurm_account, .title = "account", \
		.json = "slurm_account", .or_null = true) \
	X(SLURM_QOS, "slurm.qos", TEXT, slurm_qos, .title = "qos", .json = "slurm_qos", \
		.or_null = true) \
	X(SLURM_CONSTRAINT, "slurm.constraint", TEXT, slurm_constraint, .title = "constraint", \
		.json = "slurm_constraint", .or_null = true) \
	X(SLURM_GRES, "slurm.gres", TEXT, slurm_gres, .title = "gres", .json = "slurm_gres", \
		.or_null = true) \
	X(SLURM_TIME, "slurm.time", DURATION, slurm_time_ms, .title = "job time", \
		.json = "slurm_time_seconds", .or_null = true) \
	X(SLURM_EXTRA, "slurm.extra", TEXT, slurm_extra, .title = "sbatch options", \
		.json = "slurm_extra", .or_null = true) \
	X(SLURM_PACK, "slurm.pack", DURATION, slurm_pack_ms, .title = "packed up to", \
		.json = "slurm_pack_seconds", .initial = 600000) \
	X(SLURM_UNSAFE, "slurm.unsafe", FLAG, flags, .title = "unsafe", .json = "slurm_unsafe", \
		.flag = SET_SLURM_UNSAFE) \
	X(CACHE, "cache", FLAG, flags, .title = "cache", .json = "cache", .flag = SET_CACHE, \
		.initial = true) \
	X(TAGS, "tags", WORDS, tags, .title = "tags") \
	X(METRICS, "metrics", WORDS, metrics, .title = "metrics", .json = "metrics")

#define SET_ALLOW_FAILURE 1u
#define SET_CONSOLE 2u     /* gets the terminal, alone */
#define SET_KEEP_FAILED 4u /* what a failed attempt made is kept */
/* it may run where a process that was taken for lost writes on: it updates outputs in place */
#define SET_SLURM_UNSAFE 64u
#define SET_CACHE 8u /* its results may come from the shared cache, and go there */
#define SET_CONTAINER_NETWORK 16u

#define ATTEMPT_VALUES \
	16          /* timeouts and sizes that a stage may give for one attempt after another */
#define POOLS_MAX 8 /* from which one stage may take */

struct pool_claim {
	uint32_t pool; /* index in pools */
	uint32_t count;
};

/* The member's type, for struct settings; flags share one member, which stands there. */
#define SETTING_MEMBER(id, key, kind, member, ...) SETTING_MEMBER_##kind(member)
#define SETTING_MEMBER_TEXT(member) uint32_t member;
#define SETTING_MEMBER_PLACE(member) uint32_t member;
#define SETTING_MEMBER_COUNT(member) uint32_t member;
#define SETTING_MEMBER_DURATION(member) int64_t member;
/* By attempt; those behind the last that is given are the same as it. */
#define SETTING_MEMBER_DURATIONS(member) int64_t member[ATTEMPT_VALUES];
#define SETTING_MEMBER_SIZES(member) uint64_t member[ATTEMPT_VALUES];
/* As many as have a count. */
#define SETTING_MEMBER_POOLS(member) struct pool_claim member[POOLS_MAX];
#define SETTING_MEMBER_FLAG(member)
#define SETTING_MEMBER_WORDS(member) struct span member;
#define SETTING_MEMBER_VARIABLES(member) struct span member;

#define SETTING_ID(id, ...) SETTING_##id,
enum setting_id {
	SETTINGS(SETTING_ID) SETTING_TOTAL
};

enum setting_kind {
	SETTING_IS_TEXT,  /* of the graph; 0: the default */
	SETTING_IS_PLACE, /* the same: a directory below the root, or DIR_WORK */
	SETTING_IS_COUNT,
	SETTING_IS_DURATION,  /* milliseconds */
	SETTING_IS_DURATIONS, /* the same by attempt */
	SETTING_IS_SIZES,     /* bytes, by attempt */
	SETTING_IS_POOLS,     /* what is taken from each */
	SETTING_IS_FLAG,
	SETTING_IS_WORDS,     /* span of words; none unless set */
	SETTING_IS_VARIABLES, /* the same, each the name of a variable */
};

struct setting {
	const char *key;
	/* its line in `show`, where it is not as by default; NULL: it has none */
	const char *title;
	const char *json; /* its name in "settings" of restage.show/1; NULL: it is not in there */
	enum setting_kind kind;
	uint8_t flag;     /* its bit in `flags` */
	bool or_null;     /* its default means that there is none: null in JSON */
	uint32_t offset;  /* in struct settings */
	uint32_t least;   /* of a count */
	uint64_t initial; /* its default */
};

struct graph;
struct settings;

extern const struct setting settings_table[SETTING_TOTAL];

/* The place of an attempt (from 1; 0 is the first) among values by attempt. */
static inline uint32_t settings_nth(uint32_t attempt)
{
	return attempt <= 1 ? 0 : attempt > ATTEMPT_VALUES ? ATTEMPT_VALUES - 1 : attempt - 1;
}

/* The value in the unit of its kind, of several the first; of words and pools their number. */
uint64_t setting_value(const struct settings *settings, const struct setting *row);
/* Of values by attempt: all of them. */
uint64_t *setting_values(const struct settings *settings, const struct setting *row);
/* How many of the values by attempt differ from those behind them, and the last. */
uint32_t setting_given(const struct settings *settings, const struct setting *row);
void setting_put(struct settings *settings, const struct setting *row, uint64_t value);
struct span *setting_words(const struct settings *settings, const struct setting *row);
struct settings settings_default(void);
/* Words are compared by what they say, of one graph. */
bool settings_same(const struct graph *graph, const struct settings *a, const struct settings *b);
/* Does everything lie in the graph, for one that was read? */
bool settings_fit(const struct graph *graph, const struct settings *settings);

#endif

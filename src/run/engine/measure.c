/* What an attempt uses, while it runs and at its end. */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "run/engine/context.h"

struct attempt measure_attempt(const struct running *running)
{
	struct attempt attempt = running->attempt;

	attempt.duration_seconds = running_seconds(running);
	attempt.reported_config = attempt.reported_resources = attempt.extra = NULL;
	attempt.error_count = attempt.cost_count = 0;
	attempt.warning_count = 0;
	attempt.money = (struct money){0};
	return attempt;
}

static void take_percent(struct running *running, double cpu)
{
	int64_t now = clock_mono_ns();
	int64_t since = running->sampled_mono ? running->sampled_mono : running->started_mono;
	/* Less than before: a child left the tree, and took its time along. */
	double used = cpu - running->sampled_cpu;

	running->attempt.resources.cpu_percent =
		used >= 0 && now > since ? used / ((double)(now - since) / 1e9) * 100 : -1;
	running->sampled_cpu = cpu;
	running->sampled_mono = now;
}

static struct exec_sample look_at_memory(struct run *run, struct running *running)
{
	struct exec_sample now = run->executor->sample(run->exec, running->id);

	if (now.memory_mb > running->peak_mb)
		running->peak_mb = now.memory_mb;
	return now;
}

/* The more stages run, and the more processes they have, the rarer. */
void measure_watch(struct run *run, struct running *running, int64_t now)
{
	int64_t since = now - running->started_mono / 1000000, before = clock_mono_ns();

	look_at_memory(run, running);
	running->watch_ms =
		now + exec_look_gap_ms(since,
			      (clock_mono_ns() - before) * sched_count(run->sched, SCHED_RUNNING));
}

/* What is told of its GPUs: since `from` busy seconds, `seconds` ago. */
static void take_gpus(struct running *running, const struct exec_gpu_use *use, double memory_mb,
	double from, double seconds)
{
	struct attempt_gpus *gpus = &running->attempt.resources.gpus;

	const char *used = *use->names ? use->names : "none";
	if (!gpus->used || strcmp(gpus->used, used) != 0)
		gpus->used = arena_strdup(&running->arena, used);
	gpus->is_of_device = use->is_of_device;
	gpus->seconds = gpus->percent = gpus->memory_mb = -1;
	if (!*use->names)
		return;
	gpus->seconds = use->seconds;
	gpus->percent = seconds > 0 ? (use->seconds - from) / seconds * 100 : 0;
	gpus->memory_mb = memory_mb;
}

static void sample_gpus(struct run *run, struct running *running, double seconds)
{
	struct exec_gpu_use use;

	if (!running->gpus || !run->executor->gpu_use ||
		!run->executor->gpu_use(run->exec, running->id, &use))
		return;
	take_gpus(running, &use, use.memory_mb, running->sampled_gpu, seconds);
	running->sampled_gpu = use.seconds;
}

void measure_tell(struct run *run, struct running *running)
{
	struct exec_sample now = look_at_memory(run, running);
	int64_t since = running->sampled_mono ? running->sampled_mono : running->started_mono;

	sample_gpus(run, running, (double)(clock_mono_ns() - since) / 1e9);
	take_percent(running, now.cpu_seconds);
	running->attempt.resources.memory_mb = running->peak_mb;
	struct attempt attempt = measure_attempt(running);
	struct run_event event = {
		.kind = STAGE_SAMPLE, .stage = running->stage, .attempt = &attempt};
	notify(run, &event);
}

void measure_end(struct running *running, const struct exec_outcome *outcome)
{
	struct attempt *attempt = &running->attempt;
	struct attempt_resources *r = &attempt->resources;
	double cpu_seconds = outcome->user_seconds + outcome->system_seconds;
	double seconds = running->away ? running_seconds(running)
				       : (double)(clock_mono_ns() - running->started_mono) / 1e9;

	running->outcome = *outcome;
	attempt->exit_code = outcome->exit_code;
	attempt->signal = outcome->signal;
	r->cpu_user_seconds = outcome->user_seconds;
	r->cpu_system_seconds = outcome->system_seconds;
	r->cpu_percent = cpu_seconds < 0 ? -1 : seconds > 0 ? cpu_seconds / seconds * 100 : 0;
	r->memory_mb = outcome->memory_mb < 0 && running->peak_mb <= 0 ? -1
		       : outcome->memory_mb > running->peak_mb         ? outcome->memory_mb
								       : running->peak_mb;
	r->read_mb = outcome->read_mb;
	r->written_mb = outcome->written_mb;
	r->gpus = (struct attempt_gpus){.ids = running->gpus};
	if (outcome->gpu)
		take_gpus(running, outcome->gpu, outcome->gpu->peak_mb, 0, seconds);
	running->outcome.gpu = NULL; /* it was the event's */
}

void measure_tell_memory(struct run *run, struct running *running)
{
	uint64_t claim =
		stage_settings(run->graph, running->stage)->memory[running_nth(run, running)];
	double used = running->attempt.resources.memory_mb * 1048576;
	struct buf text BUF_LOCAL = {0};

	if (!claim || used <= (double)claim)
		return;
	buf_str(&text, "it used ");
	text_add_size(&text, used);
	buf_str(&text, " of memory, and claims ");
	text_add_size(&text, (double)claim);
	running_warn(run, running, "%s: give more in 'memory ='", buf_text(&text));
}

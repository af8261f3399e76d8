/* What Slurm's commands print: read to its end by every reader, each of which makes progress. */
#include "fuzz.h"

#include "base/buf.h"
#include "run/exec/slurm_reply.h"

static void read_queue(const char *text)
{
	struct slurm_line line;

	while (slurm_next_line(&text, &line)) {
		const char *at = line.indices, *end = at + line.indices_len;
		uint32_t first, last;
		if (strlen(line.job) >= SLURM_JOB_SIZE || line.started_ns < 0)
			fuzz_fail("a number that is none");
		while (slurm_next_range(&at, end, &first, &last)) {
			if (at > end)
				fuzz_fail("read beyond the field");
		}
	}
	if (*text)
		fuzz_fail("the queue was not read to its end");
}

static void read_accounts(const char *text)
{
	char job[2 * SLURM_JOB_SIZE];
	enum slurm_state state;

	while (slurm_next_account(&text, job, &state)) {
		if (strlen(job) >= sizeof job)
			fuzz_fail("a number that is too long");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double began = fuzz_cpu();
	struct buf text = {0}, sentence = {0};
	char job[SLURM_JOB_SIZE];

	buf_add(&text, data, size);
	read_queue(buf_text(&text));
	read_accounts(buf_text(&text));
	slurm_read_submitted(buf_text(&text), job);
	slurm_judge_failure(buf_text(&text));
	slurm_judge_output(buf_text(&text), text.len);
	slurm_add_sentence(&sentence, buf_text(&text));
	if (sentence.len > 4096)
		fuzz_fail("a sentence of pages");
	buf_free(&text);
	buf_free(&sentence);
	fuzz_end(began);
	return 0;
}

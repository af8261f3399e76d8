/* The page lies in the program as it is on disk, put there by the assembler: read-only, without a
 * relocation, and not read from disk by a command that does not show it. */
#include "view/page/report.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

#define MARK "/*DATA*/"

__asm__(".pushsection .rodata\n"
	".balign 8\n"
	"report_page_size:\n"
	".quad 2f - 1f\n"
	"report_page_text:\n"
	"1:\n"
	".incbin \"" RESTAGE_REPORT_PAGE "\"\n"
	"2:\n"
	".popsection\n");

#define IN_THIS_FILE __attribute__((visibility("hidden")))

extern const uint64_t report_page_size IN_THIS_FILE;
extern const char report_page_text[] IN_THIS_FILE;

void report_page(struct buf *out, const char *data, size_t len)
{
	const char *mark = memmem(report_page_text, report_page_size, MARK, strlen(MARK));
	size_t head;

	assert(mark);
	head = (size_t)(mark - report_page_text);
	buf_add(out, report_page_text, head);
	report_add_inert(out, data, len);
	head += strlen(MARK);
	buf_add(out, report_page_text + head, report_page_size - head);
}

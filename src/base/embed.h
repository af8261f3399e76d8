/* A file of the source tree in the program, as it is on disk, put there by the assembler:
 * read-only, without a relocation, and not read from disk by a run that does not need it.
 *
 *	EMBED(page, PAGE_PATH);	makes page_text and page_size in this file */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stdint.h>

#define EMBED(name, path) \
	__asm__(".pushsection .rodata\n" \
		".balign 8\n" #name "_size:\n" \
		".quad 2f - 1f\n" #name "_text:\n" \
		"1:\n" \
		".incbin \"" path "\"\n" \
		"2:\n" \
		".popsection\n"); \
	extern const uint64_t name##_size __attribute__((visibility("hidden"))); \
	extern const char name##_text[] __attribute__((visibility("hidden")))

#endif

/* The result line of a campaign that is written in C, as result.py has it. */
#ifndef CAMPAIGN_RESULT_H
#define CAMPAIGN_RESULT_H

#include <stdint.h>

/* Prints the line, adds it to the campaign's results, and returns the exit code. */
int result_report(
	int promise, const char *name, uint64_t cases, uint64_t failures, const char *note);

#endif

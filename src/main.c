/* Find the command, call it. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("restage " RESTAGE_VERSION);
		return 0;
	}
	fputs("usage: restage --version\n", stderr);
	return 2;
}

#include "model/load/file_type.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/path.h"

#define ENDING_MAX 12

/* Each a word, and endings with a blank around each. */
static const struct {
	const char *type, *endings;
} types[] = {
	{"program",
		" awk bash bat c cc cjs class cmd cpp csh cxx dll exe f90 fish go groovy h hpp hs jar java "
		"jl js ksh lua m mjs nf php pl pm ps1 py pyc pyz r rb rs scala sed sh so sql swift tcl ts "
		"vim wasm zsh "},
	{"video", " avi flv m2ts m4v mkv mov mp4 mpeg mpg mxf ogv webm wmv "},
	{"audio", " aac aif aiff flac m4a mp3 oga ogg opus wav wma "},
	{"image", " bmp gif heic jpeg jpg png svg tif tiff webp "},
	{"subtitle", " ass ssa srt sub ttml vtt "},
	{"text", " md rst text txt "},
	{"table", " arrow csv feather ods parquet tsv xls xlsx "},
	{"archive", " 7z rar tar tgz zip "},
};

static const char *word_of(const char *ending, size_t len)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		for (const char *at = types[i].endings; (at = strchr(at, ' ')) && at[1];) {
			at++;
			if (strncmp(at, ending, len) == 0 && at[len] == ' ')
				return types[i].type;
		}
	}
	return NULL;
}

const char *file_type(struct arena *arena, const char *path)
{
	const char *ending = path_ext(path);
	size_t len = strlen(ending);
	char lower[ENDING_MAX + 1];

	if (!len)
		return "program";
	if (len > ENDING_MAX)
		return "file";
	for (size_t i = 0; i <= len; i++) {
		lower[i] = (char)tolower((unsigned char)ending[i]);
		if (lower[i] && !isalnum((unsigned char)lower[i]))
			return "file";
	}
	/* what is packed is what is in it: "calls.vcf.gz" */
	if (strcmp(lower, "gz") == 0 || strcmp(lower, "bz2") == 0 || strcmp(lower, "xz") == 0 ||
		strcmp(lower, "zst") == 0) {
		char *stem = path_stem(arena, path);
		if (*path_ext(stem) && strcmp(path_ext(stem), "tar") != 0)
			return file_type(arena, stem);
		return "archive";
	}
	const char *word = word_of(lower, len);
	return word ? word : arena_strdup(arena, lower);
}

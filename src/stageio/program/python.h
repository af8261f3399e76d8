/* stageio python: the Python module, which the program brings along. */
#ifndef STAGEIO_PROGRAM_PYTHON_H
#define STAGEIO_PROGRAM_PYTHON_H

/* Prints the module; or, with a directory, writes it there as stageio.py, and stage_utils.py that
 * imports it. A file of somebody else's is left alone. Gives an exit code of the program, 2 or 3
 * after a message. */
int python_give(const char *shim_dir);

#endif

/*
 * aside: writes a small file whole.
 *
 * The text goes to a new file beside it, which is then renamed, so that readers
 * find the old file or the new one.  The new file is made by us (O_EXCL): a
 * FIFO, a link or a device under its name is refused, and so are those under
 * the name of the file itself.  Nothing here waits.
 *
 * Threads: the main thread.
 */
#ifndef SERVER_PROCESS_ASIDE_H
#define SERVER_PROCESS_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"

/*
 * Writes `text` to `path`, by way of `path` + `suffix`; a regular file with that
 * name is a leftover, and removed.  false, with a sentence in `why`, if it cannot.
 */
MUST_USE bool aside_write(const char *path, const char *suffix, struct bytes text, char *why, size_t n_why);

#endif

/*
 * aside: writes a small file completely or not at all.
 *
 * The text is written to a new file in the same directory, which is then renamed,
 * so that readers find either the old file or the new one.  We create the new file
 * (O_EXCL): a FIFO, a link or a device with its name is refused.  With the name of the
 * file itself, a FIFO or a device is refused, and so is a link to one; a link to a
 * regular file is replaced, and that file is not written.  Nothing here waits.
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
 * Writes `text` to `path`, by way of a new file `path` + `suffix`.  A regular
 * file with the new file's name is left from an earlier attempt, and is removed.
 * false, with a sentence in `why`, if it fails.
 */
MUST_USE bool aside_write(const char *path, const char *suffix, struct bytes text, char *why, size_t n_why);

#endif

/*
 * source: where a list of servers comes from.
 *
 *   file+/path          a file that has the list; # and what is behind it is a comment
 *   dns+host[:port]     every address that the name has
 *   cluster+list        what `config get cluster` says, asked of one of this list
 *
 * Anything else is the list itself.  Each is read to a list in target.h's words,
 * so that there is one way from words to servers.
 *
 * Threads: any.
 */
#ifndef CLIENT_SOURCE_H
#define CLIENT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

enum source_kind { SOURCE_LIST, SOURCE_FILE, SOURCE_DNS, SOURCE_CLUSTER };

enum { SOURCE_LIST_MAX = 1 << 20 }; /* bytes of a list */

/* What it says it is; *place is what stands behind the word. */
enum source_kind source_kind_of(const char *text, const char **place);

/* LARDER_OK, or what it is not: a list, or one with a server in it. */
MUST_USE int source_check(const char *list);

/*
 * The list, for free(3).  An enum larder_code; of another than LARDER_OK `why` has
 * the words.  A name is looked up by the system's resolver, which takes its time.
 */
MUST_USE int source_file(const char *path, char **list, char *why, size_t n_why);
MUST_USE int source_dns(const char *place, char **list, char *why, size_t n_why);

/* Of the answer's value: version LF host|address|port ... LF.  The host is taken, if there is one. */
MUST_USE int source_cluster(struct bytes value, uint64_t *version, char **list);

#endif

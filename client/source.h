/*
 * source: reads a list of servers from its source.
 *
 *   file+/path          a file that has the list; # starts a comment
 *   dns+host[:port]     the addresses of the name: IPv4 if it has any, else IPv6
 *   cluster+list        the answer of a server of this list to `config get cluster`
 *
 * Any other text is the list itself.  Each source is converted to a list in target.h's
 * syntax, so that only target.c parses servers.
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

/* The kind of source that the text names; *place is the rest after the prefix. */
enum source_kind source_kind_of(const char *text, const char **place);

/* LARDER_OK if it is a list with at least one server, else the error. */
MUST_USE int source_check(const char *list);

/*
 * The list, for free(3).  An enum larder_code; after an error `why` has the message.
 * source_dns waits for the system's resolver.
 */
MUST_USE int source_file(const char *path, char **list, char *why, size_t n_why);
MUST_USE int source_dns(const char *place, char **list, char *why, size_t n_why);

/*
 * Reads an answer's value: version LF host|address|port ... LF.  A node's host
 * is used, or its address if the host is empty.
 */
MUST_USE int source_cluster(struct bytes value, uint64_t *version, char **list);

#endif

/*
 * hostport: a host with a port behind it, as people write it.
 *
 *   host     host:port     [address]     [address]:port     an:IPv6::address
 *
 * An IPv6 address has colons of its own.  With brackets around it, a port may
 * follow.  Without brackets it is recognised by having more colons than fields
 * may follow a host, and nothing follows it.
 */
#ifndef BASE_TEXT_HOSTPORT_H
#define BASE_TEXT_HOSTPORT_H

#include "base/bytes.h"
#include "base/must.h"

/*
 * Splits `text` into the host, without its brackets, and the rest, which is
 * empty or begins with a colon.  At most `n_fields` fields may follow a host
 * without brackets, a colon in front of each.
 * False: a bracket is not closed, or has anything but a colon behind it.
 */
MUST_USE bool hostport_split(struct bytes text, unsigned n_fields, struct bytes *host, struct bytes *rest);

/* Reads a port from 1 to 65535: decimal digits, and nothing else. */
MUST_USE bool hostport_port(struct bytes text, uint16_t *port);

/* Writes host:port, the host in brackets if it has a colon; cuts and returns as snprintf does. */
int hostport_text(char *text, size_t n_text, struct bytes host, uint16_t port);

#endif

/*
 * hostport: reads and writes a host and a port in the usual notations.
 *
 *   host     host:port     [address]     [address]:port     an:IPv6::address
 *
 * An IPv6 address contains colons.  In brackets, it may be followed by a port.
 * Without brackets it is recognised by having more colons than fields may follow a
 * host, and nothing follows it.
 */
#ifndef BASE_TEXT_HOSTPORT_H
#define BASE_TEXT_HOSTPORT_H

#include "base/bytes.h"
#include "base/must.h"

/*
 * Splits `text` into the host, without its brackets, and the rest, which is
 * empty or begins with a colon.  A host without brackets may be followed by at most
 * `n_fields` fields, each with a colon before it.
 * False: a bracket is not closed, or is followed by something other than a colon.
 */
MUST_USE bool hostport_split(struct bytes text, unsigned n_fields, struct bytes *host, struct bytes *rest);

/* Reads a port from 1 to 65535 in decimal digits only. */
MUST_USE bool hostport_port(struct bytes text, uint16_t *port);

/*
 * Writes host:port, with brackets around a host that contains a colon; truncates
 * and returns as snprintf does.
 */
int hostport_text(char *text, size_t n_text, struct bytes host, uint16_t port);

#endif

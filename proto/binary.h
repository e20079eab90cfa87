/*
 * binary: the packets of the binary protocol, as laid out on the wire.
 *
 * A packet is a head, extras, a key and a value, in that order; n_body counts
 * all but the head.  Numbers have their highest byte first.
 *
 *   byte  0  magic       4  n_extras       8  n_body:32
 *         1  opcode      5  data type, 0   12 opaque:32, repeated in the reply
 *         2  n_key:16    6  a reply's status:16; ignored in a request
 *                                          16 cas:64
 */
#ifndef PROTO_BINARY_H
#define PROTO_BINARY_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum {
    BINARY_REQUEST = 0x80, /* magic */
    BINARY_REPLY = 0x81,
    BINARY_HEAD = 24, /* bytes */
};

static inline uint16_t
binary_get16(const char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return be16toh(v);
}

static inline uint32_t
binary_get32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return be32toh(v);
}

static inline uint64_t
binary_get64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return be64toh(v);
}

static inline void
binary_put16(char *p, uint16_t v)
{
    v = htobe16(v);
    memcpy(p, &v, sizeof v);
}

static inline void
binary_put32(char *p, uint32_t v)
{
    v = htobe32(v);
    memcpy(p, &v, sizeof v);
}

static inline void
binary_put64(char *p, uint64_t v)
{
    v = htobe64(v);
    memcpy(p, &v, sizeof v);
}

#endif

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

#define BINARY_NO_VIVIFY UINT32_MAX /* as the expiry of arithmetic: a miss creates no item */

enum binary_status {
    STATUS_OK = 0x00,
    STATUS_NOT_FOUND = 0x01,
    STATUS_EXISTS = 0x02,
    STATUS_TOO_LARGE = 0x03,
    STATUS_INVALID = 0x04,
    STATUS_NOT_STORED = 0x05,
    STATUS_NOT_NUMBER = 0x06,
    STATUS_AUTH = 0x20,
    STATUS_AUTH_CONTINUE = 0x21,
    STATUS_UNKNOWN = 0x81,
    STATUS_NO_MEMORY = 0x82,
    STATUS_BUSY = 0x85,
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

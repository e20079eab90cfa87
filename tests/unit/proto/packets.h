/*
 * packets: composes requests of the binary protocol.
 *
 * PACKET(.opcode = 0x01, .key = BYTES("k")) is a packet with correct lengths; n_body,
 * n_key and n_extras, if not 0, replace the correct length in its header.
 */
#ifndef TESTS_UNIT_PROTO_PACKETS_H
#define TESTS_UNIT_PROTO_PACKETS_H

#include "proto/binary.h"

#include "tests/unit/proto/parsing.h"

struct packet {
    uint8_t magic, opcode;
    uint32_t opaque;
    uint64_t cas;
    struct bytes extras, key, value;
    uint32_t n_body;
    uint16_t n_key;
    uint8_t n_extras;
};

/* Valid until the next call. */
static inline struct bytes
packet(struct packet p)
{
    static char room[BINARY_HEAD + 255 + UINT16_MAX + 4096];
    size_t n = BINARY_HEAD;
    memset(room, 0, BINARY_HEAD);
    room[0] = (char)(p.magic != 0 ? p.magic : BINARY_REQUEST);
    room[1] = (char)p.opcode;
    binary_put16(room + 2, p.n_key != 0 ? p.n_key : (uint16_t)p.key.n);
    room[4] = (char)(p.n_extras != 0 ? p.n_extras : p.extras.n);
    room[5] = 0x55; /* data type and status must be ignored */
    room[6] = 0x66;
    room[7] = 0x77;
    binary_put32(room + 8, p.n_body != 0 ? p.n_body : (uint32_t)(p.extras.n + p.key.n + p.value.n));
    memcpy(room + 12, &p.opaque, sizeof p.opaque);
    binary_put64(room + 16, p.cas);
    const struct bytes parts[] = {p.extras, p.key, p.value};
    for (size_t i = 0; i < N_OF(parts); i++) {
        if (parts[i].n > 0)
            memcpy(room + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    return bytes_of(room, n);
}

#define PACKET(...) packet((struct packet){__VA_ARGS__})

#endif

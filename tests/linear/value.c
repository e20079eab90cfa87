#include "tests/linear/value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value is hashed as a polynomial at this point, a coefficient for each byte, modulo 2^64. */
#define BASE UINT64_C(0x9E3779B97F4A7C15)

static uint64_t
power(uint64_t base, uint32_t n)
{
    uint64_t p = 1;
    for (; n > 0; n >>= 1, base *= base)
        if (n & 1)
            p *= base;
    return p;
}

struct value
value_of(const char *bytes, size_t n)
{
    struct value v = {.n = (uint32_t)n};
    for (size_t i = 0; i < n; i++)
        v.hash = v.hash * BASE + (unsigned char)bytes[i] + 1;
    memcpy(v.head, bytes, n < VALUE_HEAD ? n : VALUE_HEAD);
    return v;
}

struct value
value_join(const struct value *a, const struct value *b)
{
    struct value v = *a;
    v.n = a->n + b->n;
    v.hash = a->hash * power(BASE, b->n) + b->hash;
    if (a->n < VALUE_HEAD)
        memcpy(v.head + a->n, b->head, VALUE_HEAD - a->n);
    return v;
}

bool
value_equal(const struct value *a, const struct value *b)
{
    return a->n == b->n && a->hash == b->hash;
}

bool
value_number(const struct value *v, uint64_t *number)
{
    uint64_t sum = 0;
    uint32_t i = 0, most = v->n < VALUE_HEAD ? v->n : VALUE_HEAD;
    for (; i < most && isdigit((unsigned char)v->head[i]); i++) {
        uint64_t digit = (uint64_t)(v->head[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return i > 0 && (i == v->n || (i < VALUE_HEAD && v->head[i] == ' '));
}

struct value
value_of_number(uint64_t number, uint32_t n)
{
    char text[32];
    struct value v = value_of(text, (size_t)snprintf(text, sizeof text, "%" PRIu64, number));
    static const struct value space = {.n = 1, .hash = ' ' + 1, .head = " "};
    while (v.n < n)
        v = value_join(&v, &space);
    return v;
}

static bool
is_plain(char c)
{
    return isgraph((unsigned char)c) && strchr("|\\<>", c) == NULL;
}

static char *
write_head(const struct value *v, char *to)
{
    for (uint32_t i = 0; i < v->n && i < VALUE_HEAD; i++) {
        if (is_plain(v->head[i]))
            *to++ = v->head[i];
        else if (v->head[i] == ' ')
            to += sprintf(to, "\\s");
        else
            to += sprintf(to, "\\%02x", (unsigned char)v->head[i]);
    }
    *to = '\0';
    return to;
}

void
value_write(const struct value *v, char *to)
{
    if (v->n > VALUE_HEAD)
        to += sprintf(to, "<%" PRIu32 ":%016" PRIx64 ":", v->n, v->hash);
    to = write_head(v, to);
    if (v->n > VALUE_HEAD)
        strcpy(to, ">");
}

/* Undoes write_head, for words up to VALUE_WORD; returns the number of bytes. */
static size_t
read_bytes(const char *word, size_t n, char *bytes)
{
    size_t n_bytes = 0;
    for (size_t i = 0; i < n && n_bytes < VALUE_WORD; n_bytes++) {
        char digits[3] = {0};
        if (word[i] != '\\' || i + 1 == n) {
            bytes[n_bytes] = word[i++];
        } else if (word[i + 1] == 's') {
            bytes[n_bytes] = ' ';
            i += 2;
        } else {
            memcpy(digits, word + i + 1, n - i > 2 ? 2 : 1);
            bytes[n_bytes] = (char)strtoul(digits, NULL, 16);
            i += 3;
        }
    }
    return n_bytes;
}

bool
value_read(const char *word, size_t n, struct value *v)
{
    char bytes[VALUE_WORD] = "";
    if (n == 0 || word[0] != '<') {
        size_t n_bytes = read_bytes(word, n, bytes);
        *v = value_of(bytes, n_bytes);
        return true;
    }
    int at = 0;
    *v = (struct value){0};
    if (word[n - 1] != '>' || sscanf(word, "<%" SCNu32 ":%" SCNx64 ":%n", &v->n, &v->hash, &at) != 2 ||
        at == 0)
        return false;
    (void)read_bytes(word + at, n - (size_t)at - 1, bytes);
    memcpy(v->head, bytes, VALUE_HEAD);
    return true;
}

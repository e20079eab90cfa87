/* utf8: reads the characters of text that may be any bytes, from a client or a server. */
#ifndef BASE_TEXT_UTF8_H
#define BASE_TEXT_UTF8_H

#include "base/bytes.h"

/*
 * Reads the character at the start of `n` > 0 bytes: returns its length, 0 if it
 * is invalid; *code is its number.
 */
size_t utf8_character(const char *p, size_t n, uint32_t *code);

/* True if all of it is well formed: no overlong forms, no surrogates. */
bool utf8_is_valid(struct bytes);

#endif

/*
 * utf8: characters of a text that may be anything, as a client or a server sent it.
 */
#ifndef BASE_TEXT_UTF8_H
#define BASE_TEXT_UTF8_H

#include "base/bytes.h"

/* The first character of `n` bytes, n > 0: how many of them it has, 0 if they begin with none; *code is its number. */
size_t utf8_character(const char *p, size_t n, uint32_t *code);

/* Whether all of it is well formed: no overlong forms, no surrogates. */
bool utf8_is_valid(struct bytes);

#endif

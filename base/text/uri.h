/*
 * uri: any bytes as text without spaces and line ends, RFC 3986 section 2.
 *
 * Letters, digits, '-', '.', '_' and '~' stand for themselves; every other byte
 * becomes %XX, with capital digits.
 */
#ifndef BASE_TEXT_URI_H
#define BASE_TEXT_URI_H

#include <stddef.h>

#include "base/bytes.h"

#define URI_ENCODED_MAX(n) ((size_t)(n)*3)

/* Writes at most URI_ENCODED_MAX(raw.n) bytes; returns their end. */
char *uri_encode(char *dst, struct bytes raw);

#endif

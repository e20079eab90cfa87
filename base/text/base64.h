/*
 * base64: binary keys in text, RFC 4648 section 4, padded.
 *
 * Decoding refuses letters outside the alphabet, padding anywhere but at the
 * end, and a length that is no multiple of four.  It ignores the bits that the
 * padding cuts off.
 */
#ifndef BASE_TEXT_BASE64_H
#define BASE_TEXT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"

#define BASE64_ENCODED(n)     (((size_t)(n) + 2) / 3 * 4)
#define BASE64_DECODED_MAX(n) ((size_t)(n) / 4 * 3)

/* Writes BASE64_ENCODED(raw.n) bytes; returns their end. */
char *base64_encode(char *dst, struct bytes raw);

/* Writes at most BASE64_DECODED_MAX(text.n) bytes; refuses an empty text.  On false `dst` is undefined. */
MUST_USE bool base64_decode(struct bytes text, char *dst, size_t *n);

#endif

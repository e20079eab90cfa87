/*
 * utf8: characters of a text that somebody else wrote.
 */
#ifndef TOOLS_UTF8_H
#define TOOLS_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The first character of `n` bytes, n > 0: how many of them it has, 0 if they begin with none; *code is its number. */
size_t utf8_character(const char *p, size_t n, uint32_t *code);

#endif

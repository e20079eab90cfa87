/*
 * shown: text that a server or a file wrote, for a terminal.
 *
 * A terminal obeys control bytes: a key, a value or an error could move the
 * cursor, rename the window or answer for the user.  So each byte that is not
 * part of a printable character is written as \xNN.  Printable is UTF-8 but for
 * the control characters up to U+001F and from U+007F to U+009F; a tab may stay.
 */
#ifndef TOOLS_TEXT_SHOWN_H
#define TOOLS_TEXT_SHOWN_H

#include <stddef.h>
#include <stdio.h>

#include "base/bytes.h"

/* Writes a text that may have several lines: line ends stay. */
void shown_put(FILE *, struct bytes text);

/* Writes a line: what the format makes, line ends in it escaped as well, and a line end. */
void shown_line(FILE *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text as it is shown, cut to what `room` has room for; returns `room`. */
const char *shown_text(const char *text, char *room, size_t n_room);

#endif

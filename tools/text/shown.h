/*
 * shown: text from a server or a file, made safe for a terminal.
 *
 * A terminal obeys control bytes: a key, a value or an error could move the cursor,
 * rename the window or type for the user.  So each byte that is not part of a
 * printable character is written as \xNN.  Printable is UTF-8 except the control
 * characters up to U+001F and from U+007F to U+009F; a tab is printable.
 */
#ifndef TOOLS_TEXT_SHOWN_H
#define TOOLS_TEXT_SHOWN_H

#include <stddef.h>
#include <stdio.h>

#include "base/bytes.h"

/* Writes a text that may have several lines: line ends stay. */
void shown_put(FILE *, struct bytes text);

/* Writes a formatted line and a line end; line ends within the line are escaped as well. */
void shown_line(FILE *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The escaped text, cut to the size of `room`; returns `room`. */
const char *shown_text(const char *text, char *room, size_t n_room);

#endif

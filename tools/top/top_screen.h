/*
 * top_screen: draws `larder top` on a terminal, with ncurses.  Without ncurses (top_screen_none.c) there is no
 * screen.
 *
 * Threads: only the main thread.
 */
#ifndef TOOLS_TOP_TOP_SCREEN_H
#define TOOLS_TOP_TOP_SCREEN_H

#include "tools/top/top_view.h"

/* NULL, or why there is no screen; keys are read from `in`. */
const char *top_screen_begin(FILE *out, FILE *in);
void top_screen_end(void); /* restores the terminal */

void top_screen_draw(struct top_view *, const struct top_row *rows, size_t n, const size_t *order);

/* The next key that was pressed, in top_view_key's form; 0: none. */
int top_screen_key(void);

/* The terminal's size has changed. */
void top_screen_resize(void);

#endif

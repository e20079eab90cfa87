/*
 * top_screen: draws `larder top` on a terminal, with ncurses; without it (top_screen_none.c) there is no screen.
 *
 * Threads: the main thread's alone.
 */
#ifndef TOOLS_TOP_TOP_SCREEN_H
#define TOOLS_TOP_TOP_SCREEN_H

#include "tools/top/top_view.h"

/* NULL, or why there is none; what is typed is read from `in`. */
const char *top_screen_begin(FILE *out, FILE *in);
void top_screen_end(void); /* the terminal is as it was */

void top_screen_draw(struct top_view *, const struct top_row *rows, size_t n, const size_t *order);

/* The next key that was pressed, as top_view_key has them; 0: none yet. */
int top_screen_key(void);

/* The terminal has another size. */
void top_screen_resize(void);

#endif

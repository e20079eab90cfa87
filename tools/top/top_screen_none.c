/* top_screen, where larder is built without ncurses: see top_screen.h. */
#include "tools/top/top_screen.h"

const char *
top_screen_begin(FILE *out, FILE *in)
{
    (void)out, (void)in;
    return "this larder was built without ncurses";
}

void
top_screen_end(void)
{
}

void
top_screen_draw(struct top_view *v, const struct top_row *rows, size_t n, const size_t *order)
{
    (void)v, (void)rows, (void)n, (void)order;
}

int
top_screen_key(void)
{
    return 0;
}

void
top_screen_resize(void)
{
}

/* progress: a progress bar on standard error, if that is a terminal. */
#ifndef TOOLS_TEXT_PROGRESS_H
#define TOOLS_TEXT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t total, done;    /* in the unit of the bar; total 0: unknown */
    uint64_t items;          /* finished items */
    double began_s, drawn_s; /* drawn_s 0: not drawn yet */
    bool shown;
};

void progress_begin(struct progress *, uint64_t total, bool quiet);

/* Draws, but at most ten times a second. */
void progress_step(struct progress *);

/* Draws once more and ends the line. */
void progress_end(struct progress *);

/* The bar as text, without line ends: "[####    ] 50 %  1234 items  617/s". */
void progress_write(const struct progress *, double now_s, char *out, int n_out);

#endif

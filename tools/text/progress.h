/*
 * progress: how far a long piece of work is, on standard error, if a person looks at it.
 */
#ifndef TOOLS_TEXT_PROGRESS_H
#define TOOLS_TEXT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t total, done;    /* of whatever the bar measures; total 0: not known */
    uint64_t items;          /* that were worked on */
    double began_s, drawn_s; /* drawn_s 0: not yet */
    bool shown;
};

void progress_begin(struct progress *, uint64_t total, bool quiet);

/* Draws, but not more than ten times a second. */
void progress_step(struct progress *);

/* Draws once more and leaves the line. */
void progress_end(struct progress *);

/* The bar as text, without line ends: "[####    ] 50 %  1234 items  617/s". */
void progress_write(const struct progress *, double now_s, char *out, int n_out);

#endif

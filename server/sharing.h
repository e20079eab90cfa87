/*
 * sharing: whether equal values are stored once (--share).
 *
 * Where users have different rights, it is off whatever the option says: the time of a reply could tell one of them
 * that a value of another is equal to a guess (larderd(1), SHARING).
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_SHARING_H
#define SERVER_SHARING_H

struct server;

/* After the start, and after a change of the option or of the users. */
void sharing_apply(struct server *);

#endif

/*
 * ring_words: a server as tests write it: host:port[:weight][=alias], or a socket's path in place of host and
 * port; with "!" before it the server is out of service.
 */
#ifndef TESTS_CLIENT_RING_WORDS_H
#define TESTS_CLIENT_RING_WORDS_H

#include "client/route/route.h"

#include <stdlib.h>

/* `s` points into `word`, which ends with a NUL. */
static inline void
ring_words_server(const char *word, struct route_server *s)
{
    *s = (struct route_server){.out = *word == '!'};
    word += s->out;
    const char *alias = strchr(word, '=');
    size_t n_all = alias == NULL ? strlen(word) : (size_t)(alias - word);
    if (alias != NULL)
        s->alias = bytes_of(alias + 1, strlen(alias + 1));
    const char *colon = memchr(word, ':', n_all);
    s->host = bytes_of(word, colon == NULL ? n_all : (size_t)(colon - word));
    if (colon == NULL)
        return;
    char *end = (char *)(uintptr_t)colon;
    if (*word != '/')
        s->port = (uint16_t)strtoul(colon + 1, &end, 10);
    if (*end == ':')
        s->weight = (uint32_t)strtoul(end + 1, NULL, 10);
}

#endif

/*
 * route_probe DIALECT SERVER...: prints which servers keys belong to; tests ask the real clients the same.
 *
 * ring_words.h describes how a server is written.  Each line of standard input is a
 * key.  The answer is the numbers of its servers in the order in which the client
 * would ask them: as many as the environment's CHOICES says, else one.  TAG has the
 * two characters of a hash tag.
 */
#include "tests/client/ring_words.h"

#include <stdio.h>

enum { CHOICES_MAX = 64 };

static _Noreturn void
die(const char *what, const char *which)
{
    fprintf(stderr, "route_probe: %s: %s\n", what, which);
    exit(1);
}

int
main(int argc, char **argv)
{
    struct route_rules rules = {0};
    const char *tag = getenv("TAG"), *choices = getenv("CHOICES");
    unsigned max = choices == NULL ? 1 : (unsigned)atoi(choices);
    if (argc < 2 || max == 0 || max > CHOICES_MAX)
        die("usage", "route_probe DIALECT SERVER...");
    if (!route_named(argv[1], &rules))
        die("no such dialect", argv[1]);
    if (tag != NULL)
        memcpy(rules.tag, tag, 2);
    struct route_server *servers = calloc((size_t)argc, sizeof *servers);
    for (int i = 2; i < argc; i++)
        ring_words_server(argv[i], &servers[i - 2]);
    struct route *r;
    if (route_new(&r, &rules, servers, (unsigned)argc - 2) != 0)
        die("no ring", argv[1]);
    char *line = NULL;
    size_t size = 0;
    for (ssize_t n; (n = getline(&line, &size, stdin)) > 0;) {
        uint32_t choice[CHOICES_MAX];
        unsigned n_chosen = route_choose(r, bytes_of(line, (size_t)n - (line[n - 1] == '\n')), choice, max);
        for (unsigned i = 0; i < n_chosen; i++)
            printf("%s%u", i == 0 ? "" : " ", choice[i]);
        putchar('\n');
    }
    free(line);
    free(servers);
    route_free(&r);
    return 0;
}

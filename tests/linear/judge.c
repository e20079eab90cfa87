/*
 * judge: reports whether the histories in files are linearizable.
 *
 *     judge FILE...
 *
 * A file with a line `# expect: yes` or `# expect: no` is a test: the exit status
 * is 0 if all results are as expected.  For other files the result is only printed.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/linear/search.h"

enum { LINE_BYTES = 1024 };

/* NULL: the file expects nothing. */
static const char *
expected(FILE *f)
{
    char line[LINE_BYTES];
    const char *what = NULL;
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "# expect: ", 10) == 0)
            what = line[10] == 'y' ? "yes" : "no";
    rewind(f);
    return what;
}

static bool
judge(struct search *s, const char *path)
{
    static const char *const words[] = {
        [SEARCH_FOUND] = "yes", [SEARCH_NONE] = "no", [SEARCH_GAVE_UP] = "gave up"};
    static struct history h;
    int line;
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        perror(path);
        return false;
    }
    const char *expect = expected(f);
    bool good = history_read(&h, f, &line);
    fclose(f);
    if (!good) {
        fprintf(stderr, "%s:%d: no operation\n", path, line);
        return false;
    }
    enum search_result r = search_order(s, &h, 0);
    bool as_expected = expect == NULL || strcmp(expect, words[r]) == 0;
    printf("%s: linearizable: %s%s\n", path, words[r], as_expected ? "" : ", not as expected");
    if (r == SEARCH_NONE && (expect == NULL || !as_expected))
        search_explain(s, &h, stdout);
    return as_expected;
}

int
main(int argc, char **argv)
{
    struct search *s = search_new();
    bool good = argc > 1;
    for (int i = 1; i < argc; i++)
        good &= judge(s, argv[i]);
    search_free(&s);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

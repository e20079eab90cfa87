/* -o: a list of words, each `name` or `name=value`; the rows say which have an effect and which only warn. */
#include "server/options/options_row.h"

enum { WORD_BYTES = 4096 }; /* the length of a long path */

/* Sets one word, which it may write to. */
static bool
take_word(struct option_source *s, char *word)
{
    bool no;
    MUST(word[0] != '\0');
    char *value = strchr(word, '=');
    if (value != NULL)
        *value++ = '\0';
    const struct option_row *row =
        option_row_of_name(&options_table, bytes_of(word, strlen(word)), true, &no);
    if (row == NULL) {
        fprintf(s->err, "larderd: unknown option -o %s; larderd -h lists all\n", word);
        return false;
    }
    if (row->type == ROW_REFUSED) {
        fprintf(s->err, "larderd: -o %s is memcached's, not larder's: %s\n", word, row->note);
        return false;
    }
    if (row->type == ROW_ALIAS)
        return options_set_words(s, row->note);
    MUST(row->type == ROW_SETTING || row->type == ROW_IGNORED);
    return option_set(s, row, value, no);
}

bool
options_set_words(struct option_source *s, const char *words)
{
    char word[WORD_BYTES];
    for (const char *p = words; *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n >= sizeof word) {
            fprintf(s->err, "larderd: -o %.32s...: expected less than %zu bytes\n", p, sizeof word);
            return false;
        }
        memcpy(word, p, n);
        word[n] = '\0';
        if (n > 0 && !take_word(s, word))
            return false;
        p += n;
        p += *p == ',';
    }
    return true;
}

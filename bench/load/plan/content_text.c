/*
 * content_text: prose.
 *
 * The words are from a list, and every fourth has one to three syllables appended, since the
 * long tail of rare words is why a dictionary shortens real prose only to about a half.
 *
 * There are no branches in the loop but its end: a processor could not predict them.
 */
#include "bench/load/plan/content.h"
#include "bench/load/plan/content_put.h"

static const char syllables[64][2] = {"ba", "be", "bi", "bo", "ca", "co", "da", "de", "di", "do", "fa", "fe",
    "fi", "ga", "ge", "go", "ha", "ke", "ki", "la", "le", "li", "lo", "lu", "ma", "me", "mi", "mo", "mu",
    "na", "ne", "ni", "no", "pa", "pe", "po", "ra", "re", "ri", "ro", "ru", "sa", "se", "si", "so", "ta",
    "te", "ti", "to", "va", "ve", "vi", "wa", "ar", "en", "er", "in", "on", "or", "an", "al", "el", "is",
    "us"};
static const uint8_t n_appended[16] = {2, 4, 4, 6};
static const char stops[16][2] = {
    ". ", ", ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  ", "  "};

/* Writes the word that `x` decides, and the character after it. */
static char *
put_next(char *at, uint64_t x, bool *is_start)
{
    char *word = at;
    at = content_put_word(at, &content_words[content_below(x, content_n_words)]);
    memcpy(at, syllables[x >> 16 & 63], 2);
    memcpy(at + 2, syllables[x >> 22 & 63], 2);
    memcpy(at + 4, syllables[x >> 28 & 63], 2);
    at += n_appended[x >> 34 & 15];
    *word = (char)(*word - ('a' - 'A') * *is_start);
    unsigned stop = x >> 38 & 15;
    memcpy(at, stops[stop], 2);
    *is_start = stop == 0;
    return at + 1 + (stop < 2);
}

static void
write_text(const struct content_part *part, char *at)
{
    uint64_t state = part->seed;
    char *end = at + part->n;
    bool is_start = true;
    while (at < end)
        at = put_next(at, content_draw(&state), &is_start);
    end[-1] = part->is_last ? '.' : '\n';
}

const struct content content_text = {"text", write_text};

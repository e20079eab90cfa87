/*
 * f_keys: parses a get, made of any bytes, whose line is too long to be buffered.
 *
 * Its keys are answered as they arrive, so the answers must be the same however the
 * line is cut, and at most as many bytes as a short line has may wait for more.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/proto/line_player.h"

enum {
    INPUT_MAX = 2000,
    KEY_MAX = REQUEST_KEY_MAX + 3,
    STRETCHED_MAX = 4 * PARSE_LINE_MAX,
};

static const char *const words[] = {"get ", "gets ", "gat ", "gats 0 ", "get k ", " get ", "gat -1", "get  "};
enum { N_WORDS = sizeof words / sizeof *words };

/*
 * Makes a line: a word, then `text` without its line ends, repeated up to n_wanted bytes, and then a key
 * that is too long or just short enough.  After the line comes `text` unchanged.
 */
static struct bytes
stretch(const char *word, struct bytes text, size_t n_wanted, size_t n_key)
{
    static char room[STRETCHED_MAX + KEY_MAX + INPUT_MAX];
    size_t n = strlen(word);
    memcpy(room, word, n);
    for (size_t i = 0; n < n_wanted; i = (i + 1) % text.n)
        room[n++] = text.p[i] == '\n' ? 'n' : text.p[i];
    room[n - 1] = ' ';
    memset(room + n, 'k', n_key);
    n += n_key;
    memcpy(room + n, text.p, text.n);
    return bytes_of(room, n + text.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 5 || n > INPUT_MAX)
        return 0;
    struct bytes text = bytes_of((const char *)data + 4, n - 4);
    size_t n_line = PARSE_LINE_MAX - KEY_MAX + (data[1] < 224 ? data[1] : 128u * (data[1] - 224u));
    struct bytes all =
        stretch(words[data[0] % N_WORDS], text, n_line, REQUEST_KEY_MAX - 1 + data[0] / N_WORDS % 4);
    size_t n_step = 1 + data[2];
    uint64_t seed = data[3];
    struct played whole = play(all, step_whole, NULL);
    struct played even = play(all, step_fixed, &n_step);
    struct played uneven = play(all, step_random, &seed);
    MUST(played_is_same(&whole, &even) && played_is_same(&whole, &uneven));
    MUST(whole.pinned_max <= PARSE_LINE_MAX && even.pinned_max <= PARSE_LINE_MAX &&
         uneven.pinned_max <= PARSE_LINE_MAX);
    played_free(&whole);
    played_free(&even);
    played_free(&uneven);
    return 0;
}

#define X64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X192 X64 X64 X64

const char *const fuzz_words[] = {"key ", "k ", "a", "b c ", "noreply ", " ", "  ", "\r", "\r\n", "\n",
    "\r\n", " \r\n", "\t", "0 ", "7", "-1 ", "1x ", "HTTP/1.1 ", "get a b\r\n", "gat 0 a b\r\n", "mn\r\n",
    "set k 0 0 1\r\nx\r\n", X64, X64 " ",
    X192 "1234567890123456789012345678901234567890123456789012345678 ", /* 250 */
    X192 "12345678901234567890123456789012345678901234567890123456789 ",
    X192 "12345678901234567890123456789012345678901234567890123456789\r", NULL};

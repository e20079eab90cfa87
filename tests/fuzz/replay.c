/*
 * replay: runs a fuzz target without libFuzzer.
 *
 * With arguments, it runs those files, to look at a crash.  Without, it runs every
 * file of tests/fuzz/corpus, and then inputs made of the target's words and noise.
 */
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 2048, N_INPUTS = 20000, N_WORDS_IN_INPUT = 40 };

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint32_t
random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) % n);
}

static size_t
make_input(uint8_t *room, uint32_t n_words)
{
    size_t n = 0;
    for (uint32_t left = 1 + random_below(N_WORDS_IN_INPUT); left > 0; left--) {
        const char *word = fuzz_words[random_below(n_words)];
        size_t n_word = strlen(word);
        if (n + n_word > INPUT_MAX)
            break;
        memcpy(room + n, word, n_word);
        n += n_word;
    }
    while (n > 0 && random_below(3) == 0)
        room[random_below((uint32_t)n)] = (uint8_t)random_below(256);
    return n;
}

static bool
replay_file(const char *path)
{
    static uint8_t room[1 << 20];
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return false;
    }
    size_t n = fread(room, 1, sizeof room, f);
    fclose(f);
    LLVMFuzzerTestOneInput(room, n);
    return true;
}

static int n_files;

static int
replay_found(const char *path, const struct stat *st, int type)
{
    (void)st;
    if (type != FTW_F)
        return 0;
    n_files++;
    return replay_file(path) ? 0 : 1;
}

static bool
replay_corpus(void)
{
    const char *top = getenv("TOP_SRCDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus", top != NULL ? top : ".");
    return ftw(path, replay_found, 8) == 0;
}

static void
replay_made(void)
{
    static uint8_t room[INPUT_MAX];
    uint32_t n_words = 0;
    while (fuzz_words[n_words] != NULL)
        n_words++;
    for (int i = 0; i < N_INPUTS; i++)
        LLVMFuzzerTestOneInput(room, make_input(room, n_words));
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!replay_file(argv[i]))
            return 1;
    if (argc > 1)
        return 0;
    if (!replay_corpus()) {
        fprintf(stderr, "tests/fuzz/corpus cannot be read; TOP_SRCDIR names the top of the tree\n");
        return 1;
    }
    replay_made();
    printf("%d files of the corpus, %d generated inputs\n", n_files, N_INPUTS);
    return 0;
}

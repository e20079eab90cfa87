#include "bench/load/run/hist_log.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/text/base64.h"

enum {
    COOKIE = 0x1c849303 | 0x10,
    COOKIE_DEFLATED = 0x1c849304 | 0x10,
    HEADER = 40,
    DIGITS = 3,
    LEB_MAX = 9,
};

static char *
put_32(char *at, uint32_t value)
{
    value = htobe32(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static char *
put_64(char *at, uint64_t value)
{
    value = htobe64(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

/* Seven bits per byte, the lowest first; a ninth byte has eight. */
static char *
put_leb(char *at, int64_t number)
{
    uint64_t zigzag = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);
    for (int i = 0; i < LEB_MAX - 1; i++) {
        if (zigzag < 0x80) {
            *at++ = (char)zigzag;
            return at;
        }
        *at++ = (char)(zigzag | 0x80);
        zigzag >>= 7;
    }
    *at++ = (char)zigzag;
    return at;
}

/* Writes all slots up to the last that is not empty; returns the end. */
static char *
put_counts(char *at, const struct hist_sum *h)
{
    size_t n = HIST_SLOTS;
    while (n > 0 && h->slot[n - 1] == 0)
        n--;
    for (size_t i = 0; i < n;) {
        size_t zeros = 0;
        while (h->slot[i + zeros] == 0)
            zeros++;
        if (zeros > 1)
            at = put_leb(at, -(int64_t)zeros);
        else
            at = put_leb(at, (int64_t)h->slot[i]);
        i += zeros > 1 ? zeros : 1;
    }
    return at;
}

static char *
put_whole(char *start, const struct hist_sum *h)
{
    char *end = put_counts(start + HEADER, h), *at = put_32(start, COOKIE);
    double ratio = 1;
    uint64_t ratio_bits;
    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    at = put_32(at, (uint32_t)(end - start) - HEADER);
    at = put_32(at, 0); /* nothing is shifted */
    at = put_32(at, DIGITS);
    at = put_64(at, 1); /* the lowest discernible value */
    at = put_64(at, HIST_MAX);
    (void)put_64(at, ratio_bits);
    return end;
}

/* The encoded histogram, in base64; the caller frees it.  NULL when out of memory. */
static char *
encoded(const struct hist_sum *h)
{
    size_t n_plain = HEADER + (size_t)HIST_SLOTS * LEB_MAX;
    char *plain = malloc(n_plain), *deflated = NULL, *text = NULL;
    if (plain == NULL)
        return NULL;
    n_plain = (size_t)(put_whole(plain, h) - plain);
    uLongf n = compressBound(n_plain);
    deflated = malloc(8 + n);
    if (deflated != NULL && compress((Bytef *)deflated + 8, &n, (const Bytef *)plain, n_plain) == Z_OK) {
        (void)put_32(put_32(deflated, COOKIE_DEFLATED), (uint32_t)n);
        text = malloc(BASE64_ENCODED(8 + n) + 1);
        if (text != NULL)
            *base64_encode(text, bytes_of(deflated, 8 + n)) = '\0';
    }
    free(plain);
    free(deflated);
    return text;
}

void
hist_log_head(FILE *out, struct timespec start)
{
    char when[64];
    struct tm tm;
    double s = (double)start.tv_sec + (double)start.tv_nsec * 1e-9;
    gmtime_r(&start.tv_sec, &tm);
    strftime(when, sizeof when, "%a %b %d %H:%M:%S UTC %Y", &tm);
    fprintf(out,
        "#[Logged with larder-bench " PACKAGE_VERSION "]\n"
        "#[Histogram log format version 1.3]\n"
        "#[StartTime: %.3f (seconds since epoch), %s]\n"
        "#[BaseTime: %.3f (seconds since epoch)]\n"
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
        s, when, s);
}

bool
hist_log_line(FILE *out, const char *tag, double from_s, double length_s, const struct hist_sum *h)
{
    if (h->n == 0)
        return true;
    char *text = encoded(h);
    if (text == NULL)
        return false;
    length_s = length_s < 0.001 ? 0.001 : length_s; /* the tools divide by it */
    fprintf(out, "Tag=%s,%.3f,%.3f,%.6f,%s\n", tag, from_s, length_s, (double)hist_max(h) * 1e-6, text);
    free(text);
    return true;
}

void
hist_log_percentiles(FILE *out, const struct hist_sum *h)
{
    fputs("       Value     Percentile TotalCount 1/(1-Percentile)\n\n", out);
    uint64_t seen = 0;
    double next = 0; /* the lowest share for the next line: five lines for each halving of the rest */
    for (size_t i = 0; i < HIST_SLOTS && h->n > 0; i++) {
        seen += h->slot[i];
        double share = (double)seen / (double)h->n;
        if (h->slot[i] == 0 || (share < next && seen < h->n))
            continue;
        fprintf(
            out, "%12.6f %14.12f %10llu", (double)hist_slot_high(i) * 1e-6, share, (unsigned long long)seen);
        if (seen < h->n)
            fprintf(out, " %14.2f", 1 / (1 - share));
        fputc('\n', out);
        double halving = 1;
        while (halving / 2 >= 1 - share && halving > 1e-12)
            halving /= 2;
        next = share + halving / 10;
    }
    fprintf(out, "#[Mean    = %12.6f, Max     = %12.6f]\n#[Total count    = %12llu]\n", hist_mean(h) * 1e-6,
        (double)hist_max(h) * 1e-6, (unsigned long long)h->n);
}

#include "bench/json.h"

#include <math.h>

static void
put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ')
            fprintf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void
begin(struct json *j, const char *name)
{
    if (j->depth > 0)
        fprintf(j->out, "%s\n%*s", j->has_one ? "," : "", (int)(2 * j->depth), "");
    if (name != NULL) {
        put_string(j->out, name);
        fputs(": ", j->out);
    }
    j->has_one = true;
}

void
json_open(struct json *j, const char *name, char bracket)
{
    begin(j, name);
    fputc(bracket, j->out);
    j->depth++;
    j->has_one = false;
}

void
json_close(struct json *j, char bracket)
{
    j->depth--;
    if (j->has_one)
        fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
    fputc(bracket, j->out);
    j->has_one = true;
    if (j->depth == 0)
        fputc('\n', j->out);
}

void
json_text(struct json *j, const char *name, const char *text)
{
    begin(j, name);
    put_string(j->out, text);
}

void
json_whole(struct json *j, const char *name, uint64_t value)
{
    begin(j, name);
    fprintf(j->out, "%llu", (unsigned long long)value);
}

void
json_real(struct json *j, const char *name, double value, int digits)
{
    begin(j, name);
    fprintf(j->out, "%.*f", digits, isfinite(value) ? value : 0);
}

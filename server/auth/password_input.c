/* password_input: see password_input.h. */
#include "server/auth/password_input.h"

#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include "server/auth/password.h"

/* Turns the echo of a terminal off, or on again. */
static void
show_typing(int fd, bool show)
{
    static struct termios before;
    static bool changed;
    if (!show && tcgetattr(fd, &before) == 0) {
        struct termios silent = before;
        silent.c_lflag &= (tcflag_t)~ECHO;
        changed = tcsetattr(fd, TCSAFLUSH, &silent) == 0;
    } else if (show && changed) {
        tcsetattr(fd, TCSAFLUSH, &before);
        changed = false;
    }
}

/* Reads a line without its end; returns its length, -1 if there is none, -2 if it is too long. */
static int
read_line(FILE *in, char *line, int max)
{
    int n = 0, c;
    while ((c = getc(in)) != EOF && c != '\n') {
        if (n == max)
            return -2;
        line[n++] = (char)c;
    }
    if (n > 0 && line[n - 1] == '\r')
        n--;
    return n == 0 ? -1 : n;
}

static bool
print_hash(struct bytes password, FILE *out, FILE *err)
{
    char text[PASSWORD_TEXT_MAX];
    if (memchr(password.p, '\0', password.n) != NULL) {
        fputs("larderd: a password cannot contain a zero byte\n", err);
        return false;
    }
    if (!password_make(password, text)) {
        fputs("larderd: no memory, or no random bytes, for a hash\n", err);
        return false;
    }
    fprintf(out, "%s\n", text);
    return fflush(out) == 0;
}

bool
password_input_hash(FILE *in, FILE *out, FILE *err)
{
    char line[PASSWORD_MAX];
    bool terminal = isatty(fileno(in)) == 1;
    if (terminal) {
        fputs("Password: ", err);
        show_typing(fileno(in), false);
    }
    setvbuf(in, NULL, _IONBF, 0); /* so that no copy of the password stays in its buffer */
    int n = read_line(in, line, PASSWORD_MAX);
    if (terminal) {
        show_typing(fileno(in), true);
        fputc('\n', err);
    }
    if (n < 0)
        fprintf(err, "larderd: expected a password of 1 to %d bytes on standard input\n", PASSWORD_MAX);
    bool ok = n > 0 && print_hash(bytes_of(line, (size_t)n), out, err);
    OPENSSL_cleanse(line, sizeof line);
    return ok;
}

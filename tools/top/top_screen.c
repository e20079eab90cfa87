#include "tools/top/top_screen.h"

#include <curses.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#include "base/must.h"
#include "tools/text/shown.h"

enum {
    SERVER_LEAST = 15, /* "127.0.0.1:11211" */
    HEAD_LINES = 3,    /* a summary, a line for all servers, headings */
    LINE_ROOM = 256,
};

static SCREEN *screen;

/* Checked before newterm, which leaks memory for an unknown terminal. */
static bool
knows_terminal(FILE *out)
{
    int why;
    if (setupterm(NULL, fileno(out), &why) == ERR)
        return false;
    del_curterm(cur_term);
    return true;
}

const char *
top_screen_begin(FILE *out, FILE *in)
{
    screen = knows_terminal(out) ? newterm(NULL, out, in) : NULL;
    if (screen == NULL)
        return "unknown type of terminal (TERM)";
    set_term(screen);
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    set_escdelay(25);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    return NULL;
}

void
top_screen_end(void)
{
    MUST(screen != NULL);
    endwin();
    delscreen(screen);
    screen = NULL;
}

void
top_screen_resize(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    clear();
}

int
top_screen_key(void)
{
    int key = getch();
    switch (key) {
    case ERR: return 0;
    case KEY_LEFT: return '<';
    case KEY_RIGHT: return '>';
    case KEY_UP: return 'k';
    case KEY_DOWN: return 'j';
    default: return key;
    }
}

/* Writes a whole line, cut to the width of the screen. */
static void
put(int y, const char *text, attr_t how)
{
    if (y < 0 || y >= LINES)
        return;
    attrset((int)how);
    mvaddnstr(y, 0, text, COLS);
    if (how != A_NORMAL)
        for (int x = (int)strlen(text); x < COLS; x++)
            addch(' ');
    attrset(A_NORMAL);
}

static int
n_columns(void)
{
    int n = (COLS - SERVER_LEAST) / TOP_CELL_WIDTH;
    return n < 0 ? 0 : n > N_TOP_SHOWN ? N_TOP_SHOWN : n;
}

/* A row shows its server, and the values or the error; `r` NULL: the headings. */
static void
put_row(int y, const char *server, const struct top_row *r, attr_t how)
{
    char line[LINE_ROOM], cell[TOP_CELL_ROOM], name[LINE_ROOM];
    int n = n_columns(), width = COLS - n * TOP_CELL_WIDTH;
    if (width >= LINE_ROOM / 2)
        width = LINE_ROOM / 2;
    int at = snprintf(
        line, sizeof line, "%-*.*s", width, width > 0 ? width - 1 : 0, shown_text(server, name, sizeof name));
    if (r != NULL && r->error != NULL)
        snprintf(line + at, sizeof line - (size_t)at, " %s", r->error);
    else
        for (int c = 0; c < n; c++)
            at += snprintf(line + at, sizeof line - (size_t)at, "%*s", TOP_CELL_WIDTH,
                r == NULL ? top_heading((enum top_column)c) : top_cell(r, (enum top_column)c, cell));
    put(y, line, how);
}

static void
put_head(const struct top_view *v, const struct top_row *sum, size_t n)
{
    char line[LINE_ROOM], by[64], c[4][TOP_CELL_ROOM];
    top_view_sorted_by(v, by, sizeof by);
    snprintf(line, sizeof line, "larder top: %zu server%s, every %.1f s, sorted by %s%s", n,
        n == 1 ? "" : "s", (double)v->interval_ms / 1000, by, v->paused ? " -- PAUSED" : "");
    put(0, line, A_BOLD);
    snprintf(line, sizeof line, "%s items, %s of %s bytes (%s %%)", top_cell(sum, TOP_ITEMS, c[0]),
        top_cell(sum, TOP_BYTES, c[1]), top_cell(sum, TOP_LIMIT, c[2]), top_cell(sum, TOP_FULL_SHARE, c[3]));
    put(1, line, A_NORMAL);
}

static void
put_help(void)
{
    static const char *const help[] = {
        "",
        " q            quit                       space, p   pause, continue",
        " < >          sort by another column     r          reverse the order",
        " + -          double, halve interval     j k        scroll the list of servers",
        " h, ?         show, hide this help       arrows     the same as < > k j",
        "",
        " get/s set/s  keys requested, stored     hit%       share of keys that are found",
        " evict        items evicted per second   in/s out/s bytes received, sent",
        " cpu%         100 is one processor       rss        resident memory",
        " conns        client connections         level      memory pressure: ok to emerg",
        " full%        bytes, as share of limit   items, bytes, limit",
        " pack%        share of compressed items  ratio      of their values' bytes to those in memory",
        "",
        " - means that the server does not report the value; memcached has no rss, level, pack%.",
    };
    for (size_t i = 0; i < sizeof help / sizeof help[0]; i++)
        put(1 + (int)i, help[i], A_NORMAL);
}

static void
put_table(struct top_view *v, const struct top_row *rows, size_t n, const size_t *order)
{
    struct top_row sum;
    int y = HEAD_LINES;
    top_row_sum(&sum, rows, n);
    put_head(v, &sum, n);
    put_row(HEAD_LINES - 1, "server", NULL, A_REVERSE);
    if (n > 1)
        put_row(y++, "all", &sum, A_BOLD);
    int room = LINES - 1 - y;
    size_t fit = room > 0 ? (size_t)room : 0;
    v->first_most = n > fit ? n - fit : 0;
    if (v->first > v->first_most)
        v->first = v->first_most;
    MUST(v->first <= v->first_most && v->first_most <= n);
    for (size_t i = v->first; i < n && i < v->first + fit; i++)
        put_row(y++, rows[order[i]].server, &rows[order[i]], A_NORMAL);
}

void
top_screen_draw(struct top_view *v, const struct top_row *rows, size_t n, const size_t *order)
{
    MUST(screen != NULL);
    erase();
    if (v->helps)
        put_help();
    else
        put_table(v, rows, n, order);
    put(LINES - 1, "q quit  space pause  < > sort by  r reverse  + - interval  j k scroll  h help",
        A_REVERSE);
    refresh();
}

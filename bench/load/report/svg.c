#include "bench/load/report/svg.h"

#include <math.h>

#include "base/must.h"

/* The size of the drawing, and the frame for the lines. */
enum { WIDTH = 960, HEIGHT = 480, LEFT = 80, RIGHT = 930, TOP = 50, BOTTOM = 420, NAMES = 150 };

static const char *const colours[SVG_LINES_MAX] = {
    "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"};

/* An axis and its range, in linear numbers (logarithms on a logarithmic axis). */
struct scale {
    const struct svg_axis *axis;
    double from, to;
    int at_from, at_to; /* in pixels */
};

static double
linear(const struct scale *s, double value)
{
    if (s->axis->is_log)
        return log10(value > 1e-9 ? value : 1e-9);
    if (s->axis->is_tails)
        return -log2(1 - (value < 99.99999 ? value : 99.99999) / 100);
    return value;
}

static double
place(const struct scale *s, double value)
{
    return s->at_from + (linear(s, value) - s->from) / (s->to - s->from) * (s->at_to - s->at_from);
}

static void
put_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '<' || *text == '>' || *text == '&')
            fprintf(out, "&#%d;", *text);
        else
            fputc(*text, out);
}

static void
label(FILE *out, double x, double y, const char *anchor, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    put_text(out, text);
    fputs("</text>\n", out);
}

static void
tick(FILE *out, const struct scale *s, bool is_x, double value, const char *text)
{
    double at = place(s, value);
    if (is_x) {
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>\n", at, TOP, BOTTOM);
        label(out, at, BOTTOM + 18, "middle", text);
    } else {
        fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, at, RIGHT);
        label(out, LEFT - 8, at + 4, "end", text);
    }
}

/* 1, 2 or 5 times a power of ten, so that about six steps make up `range`. */
static double
step_of(double range)
{
    double rough = range / 6, power = pow(10, floor(log10(rough))), times = rough / power;
    return (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10) * power;
}

static void
ticks(FILE *out, const struct scale *s, bool is_x)
{
    char text[32];
    if (s->axis->is_tails) {
        static const double percents[] = {0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999};
        for (size_t i = 0; i < sizeof percents / sizeof percents[0] && linear(s, percents[i]) <= s->to; i++) {
            snprintf(text, sizeof text, "%g%%", percents[i]);
            tick(out, s, is_x, percents[i], text);
        }
        return;
    }
    double step = s->axis->is_log ? 1 : step_of(s->to - s->from);
    for (double v = ceil(s->from / step - 1e-9) * step; v <= s->to + step * 1e-9; v += step) {
        double value = s->axis->is_log ? pow(10, v) : fabs(v) < step * 1e-9 ? 0 : v;
        snprintf(text, sizeof text, "%.10g", value);
        tick(out, s, is_x, value, text);
    }
}

/* Fits all points; a linear axis begins at 0, a logarithmic one ends on powers of ten. */
static void
fit(struct scale *s, const struct svg_plot *p, bool is_x)
{
    s->from = INFINITY;
    s->to = -INFINITY;
    for (size_t i = 0; i < p->n_lines; i++)
        for (size_t j = 0; j < p->lines[i].n; j++) {
            double v = linear(s, is_x ? p->lines[i].points[j].x : p->lines[i].points[j].y);
            s->from = fmin(s->from, v);
            s->to = fmax(s->to, v);
        }
    if (!isfinite(s->from) || !isfinite(s->to))
        s->from = 0, s->to = 1;
    if (s->axis->is_log) {
        s->from = floor(s->from);
        s->to = ceil(s->to);
    } else if (s->from > 0) {
        s->from = 0;
    }
    if (s->to - s->from < 1e-9)
        s->to = s->from + 1;
}

static void
draw_line(FILE *out, const struct svg_line *line, size_t number, const struct scale *x, const struct scale *y)
{
    fprintf(out, "<path class=\"line\" stroke=\"%s\" d=\"", colours[number]);
    for (size_t i = 0; i < line->n; i++)
        fprintf(
            out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', place(x, line->points[i].x), place(y, line->points[i].y));
    fputs("\"/>\n", out);
    double at = LEFT + (double)(number * NAMES);
    fprintf(
        out, "<path class=\"line\" stroke=\"%s\" d=\"M%.1f %dh20\"/>\n", colours[number], at, HEIGHT - 12);
    label(out, at + 26, HEIGHT - 8, "start", line->name);
}

void
svg_write(const struct svg_plot *p, FILE *out)
{
    struct scale x = {.axis = &p->x, .at_from = LEFT, .at_to = RIGHT},
                 y = {.axis = &p->y, .at_from = BOTTOM, .at_to = TOP};
    MUST(p->n_lines <= SVG_LINES_MAX);
    fit(&x, p, true);
    fit(&y, p, false);
    fprintf(out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n"
        "<style>.grid{stroke:#ddd;fill:none}.line{fill:none;stroke-width:1.5}</style>\n"
        "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    label(out, WIDTH / 2.0, 24, "middle", p->title);
    label(out, (LEFT + RIGHT) / 2.0, BOTTOM + 36, "middle", p->x.name);
    label(out, LEFT, TOP - 10, "middle", p->y.name);
    ticks(out, &x, true);
    ticks(out, &y, false);
    for (size_t i = 0; i < p->n_lines; i++)
        draw_line(out, &p->lines[i], i, &x, &y);
    fputs("</svg>\n", out);
}

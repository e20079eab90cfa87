#include "bench/load/plan/zipf.h"

#include <math.h>

/* (exp(x) - 1) / x and log(1 + x) / x, also where x is nearly 0. */
static double
expm1_over(double x)
{
    return fabs(x) > 1e-8 ? expm1(x) / x : 1 + x / 2 * (1 + x / 3);
}

static double
log1p_over(double x)
{
    return fabs(x) > 1e-8 ? log1p(x) / x : 1 - x / 2 * (1 - x * 2 / 3);
}

/* The hat, its integral from 1, and the integral's inverse; s = 1 needs no special case. */
static double
hat(const struct zipf *z, double x)
{
    return exp(-z->s * log(x));
}

static double
integral(const struct zipf *z, double x)
{
    double l = log(x);
    return expm1_over((1 - z->s) * l) * l;
}

static double
inverse(const struct zipf *z, double y)
{
    double t = y * (1 - z->s);
    return exp(log1p_over(t < -1 ? -1 : t) * y);
}

void
zipf_init(struct zipf *z, uint64_t n, double s)
{
    *z = (struct zipf){.s = s, .n = (double)n};
    z->low = integral(z, 1.5) - 1;
    z->high = integral(z, z->n + 0.5);
    z->sure = 2 - inverse(z, integral(z, 2.5) - hat(z, 2));
}

uint64_t
zipf_draw(const struct zipf *z, struct random *r)
{
    for (;;) {
        double u = z->high + random_unit(r) * (z->low - z->high);
        double x = inverse(z, u), k = floor(x + 0.5);
        k = k < 1 ? 1 : k > z->n ? z->n : k;
        if (k - x <= z->sure || u >= integral(z, k + 0.5) - hat(z, k))
            return (uint64_t)k;
    }
}

#include "bench/load/plan/random.h"

#include <math.h>

/* Marsaglia's polar method, which gives two numbers at a time. */
double
random_gauss(struct random *r)
{
    if (r->has_spare) {
        r->has_spare = 0;
        return r->spare;
    }
    double u, v, s;
    do {
        u = 2 * random_unit(r) - 1;
        v = 2 * random_unit(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    double f = sqrt(-2 * log(s) / s);
    r->spare = v * f;
    r->has_spare = 1;
    return u * f;
}

double
random_exponential(struct random *r)
{
    return -log(random_unit(r));
}

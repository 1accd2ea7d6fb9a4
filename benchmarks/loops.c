/* The same computations as plain loops: what one thread of this computer can do. Compiled by
   compiled.py with -O3 -march=native; no -ffast-math, as the results must be right. */

#include <math.h>
#include <stdlib.h>

/* Relative errors of vanilla, consistency, BOOT and progressive merging at n variances, for a
   variance-preserving schedule: levels[0] is alpha_0..alpha_T, then sigma, then the T drops of
   alpha and the T rises of sigma. One variance after the other, its steps in small arrays. */
void strategies(long n, const double *lam, long T, const double *levels, double s, double *out)
{
    const double *alpha = levels, *sigma = alpha + T + 1, *drop = sigma + T + 1, *rise = drop + T;
    double *y = malloc(7 * T * sizeof *y), *g = y + T, *h = g + T, *e = h + T, *p = e + T;
    double *gp = p + T, *hp = gp + T;
    for (long k = 0; k < n; k++) {
        for (long t = 0; t < T; t++) {
            double v = alpha[t + 1] * alpha[t + 1] * lam[k] + sigma[t + 1] * sigma[t + 1];
            double chord = (drop[t] * drop[t] + rise[t] * rise[t]) / 2;
            double x = (alpha[t + 1] * drop[t] * (lam[k] - 1) - chord) / v;
            y[t] = -x / (1 + x);
            g[t] = exp(-2 * s * v);
            h[t] = -expm1(-2 * s * v);
        }
        double prefix = 0, consistency = 0, boot = 0, gT = g[T - 1];
        for (long t = 0; t < T; t++) {
            if (t)
                consistency = h[t] * consistency + g[t] * prefix;
            if (t < T - 1) {
                prefix = prefix + y[t] + prefix * y[t];
                double f = gT * y[t];
                boot = boot + f + boot * f;
            }
        }
        out[4 * k] = gT * prefix;
        out[4 * k + 1] = consistency;
        out[4 * k + 2] = boot;
        long m = T;
        for (long t = 0; t < T; t++) {
            e[t] = 0;
            p[t] = y[t];
            gp[t] = g[t];
            hp[t] = h[t];
        }
        while (m > 1) {
            long half = m / 2;
            for (long t = 0; t < half; t++) {
                long l = 2 * t, r = l + 1;
                double f = hp[r] * e[l] + gp[r] * p[l];
                e[t] = e[r] + f + e[r] * f;
                p[t] = p[l] + p[r] + p[l] * p[r];
                gp[t] = gp[r];
                hp[t] = hp[r];
            }
            if (m % 2) {
                e[half] = e[m - 1];
                p[half] = p[m - 1];
                gp[half] = gp[m - 1];
                hp[half] = hp[m - 1];
            }
            m = half + m % 2;
        }
        out[4 * k + 3] = e[0];
    }
    free(y);
}

/* Algorithm 1 (arXiv 2505.16024): for every interval the sub-plan nearest to its composite. */
double algorithm1(long T, const double *x, const double *g)
{
    double *tree = calloc(3 * T * T, sizeof *tree), *forest = tree + T * T;
    double *inverse = forest + T * T;
    for (long i = 0; i < T; i++) {
        double total = 0;
        for (long j = i; j < T; j++) {
            total += log1p(x[j]);
            inverse[i * T + j] = expm1(-total);
        }
    }
    for (long j = 0; j < T; j++)
        for (long i = j - 1; i >= 0; i--) {
            double best_tree = INFINITY, best_forest = INFINITY;
            for (long k = i; k < j; k++) {
                double left = forest[i * T + k], right = tree[(k + 1) * T + j];
                double f = (1 - g[j]) * left + g[j] * inverse[i * T + k];
                double e = right + f + right * f;
                if (fabs(e) < fabs(best_tree))
                    best_tree = e;
                e = left + right + left * right;
                if (fabs(e) < fabs(best_forest))
                    best_forest = e;
            }
            tree[i * T + j] = best_tree;
            forest[i * T + j] = fabs(best_tree) <= fabs(best_forest) ? best_tree : best_forest;
        }
    double found = tree[T - 1];
    free(tree);
    return found;
}

/* The max-plan of Theorem 5 as a code: after which steps a run ends (1), and the block (2). */
void max_plan(long T, const double *x, const double *a, const double *h, signed char *after)
{
    double y = 0;
    long last = -1;
    for (long t = 0; t < T - 1; t++) {
        y = x[t] + a[t] * h[t] * y;
        after[t] = 0;
        if (y > 0) {
            after[t] = 1;
            last = t;
            y = 0;
        }
    }
    if (last >= 0)
        after[last] = 2;
}

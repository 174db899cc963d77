/* Columns over time, drawn as SVG: for each point the counts of a few series, one upon the other,
 * from the bottom up in their order. A point of which nothing is known is hatched from bottom to
 * top, so that it is not taken for nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CHART_SERIES_MAX = 8 };

struct chart {
        const char *id, *title;
        const char *unknown; /* the word for a point that is not known */
        size_t n_series;
        struct chart_series {
                const char *name;
                const char *class; /* of the page's style */
        } series[CHART_SERIES_MAX];

        size_t n_points;
        const char *(*label)(void *user, size_t point); /* of when it is */
        bool (*known)(void *user, size_t point);
        uint64_t (*value)(void *user, size_t point, size_t series);
        void *user;
};

/* Text from anywhere in labels and names is escaped. */
void chart_write(const struct chart *c, FILE *out);

/* A round number at or above n: 1, 2 or 5 and noughts; 1 at least. */
uint64_t chart_ceiling(uint64_t n);

#include "daemon/model/programme.h"

static void gauge_done(struct programme_gauge *g)
{
        for (size_t i = 0; i < g->n_gaps; i++) {
                free(g->gaps[i].subject);
                free(g->gaps[i].entry);
                free(g->gaps[i].detail);
        }
        free(g->gaps);
}

struct programme *programme_result_free(struct programme *p)
{
        if (!p)
                return NULL;
        for (size_t i = 0; i < p->n_stages; i++) {
                for (size_t k = 0; k < p->stages[i].n_gauges; k++)
                        gauge_done(&p->stages[i].gauges[k]);
                free(p->stages[i].gauges);
        }
        for (size_t i = 0; i < p->n_brackets; i++) {
                json_decref(p->brackets[i].providers);
                free(p->brackets[i].ranges);
        }
        free(p->stages);
        free(p->brackets);
        json_decref(p->unplaced);
        json_decref(p->rules);
        json_decref(p->registers);
        free(p->scan);
        free(p->finished);
        free(p);
        return NULL;
}

uint64_t programme_total(const struct programme_count *c)
{
        return c->done + c->open + c->unknown + c->waived;
}

void programme_count_add(struct programme_count *to, const struct programme_count *c)
{
        to->done += c->done;
        to->open += c->open;
        to->unknown += c->unknown;
        to->waived += c->waived;
}

bool programme_stage_is_done(const struct programme *p, const struct programme_stage *s)
{
        uint64_t total = programme_total(&s->count);

        if (total == 0 || s->count.done < total)
                return false;
        return !s->of_scan || (p->scan && p->complete && p->unread == 0 && p->unscanned == 0);
}

int programme_gauge_percent(const struct programme_gauge *g)
{
        uint64_t total = programme_total(&g->count);

        return total > 0 ? (int)((double)g->count.done * 100 / (double)total) : -1;
}

/* A gauge of what nobody has looked at yet is none, and none of it is done. */
int programme_percent(const struct programme *p, const struct programme_stage *s)
{
        int sum = 0, n = 0, known = 0;

        for (size_t k = 0; k < s->n_gauges; k++) {
                const struct programme_gauge *g = &s->gauges[k];
                bool unseen = !g->register_name && !p->scan;
                int percent = unseen ? 0 : programme_gauge_percent(g);

                if (percent < 0)
                        continue;
                sum += percent;
                n++;
                known += !unseen;
        }
        if (known == 0)
                return -1;
        return sum == 100 * n && !programme_stage_is_done(p, s) ? 99 : sum / n;
}

int programme_gap_weight(const struct programme_gap *g)
{
        if (g->lack == LACK_SCAN || g->lack == LACK_ACCOUNT || g->lack == LACK_READING)
                return SEVERITY_MAX;
        return g->lack == LACK_RULE ? (int)g->severity : (int)SEVERITY_HIGH;
}

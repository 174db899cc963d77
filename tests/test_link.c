#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/cleanup.h"
#include "daemon/engine/link.h"

static void link_next_reads_the_relation(void **state)
{
        static const struct {
                const char *header, *next;
        } cases[] = {
                { "<https://huggingface.co/api/models?cursor=eyJ>; rel=\"next\"",
                  "https://huggingface.co/api/models?cursor=eyJ" },
                { "<https://a/1>; rel=\"prev\", <https://a/3>; rel=\"next\"", "https://a/3" },
                { "<https://a/3>;rel=next,<https://a/9>;rel=last", "https://a/3" },
                { " <https://a/3?x=1,2;3> ; title=\"a, b\"; Rel = \"last NEXT\"",
                  "https://a/3?x=1,2;3" },
                { "<https://a/3>; crossorigin; rel=next", "https://a/3" },
                /* none */
                { "", NULL },
                { "<https://a/1>; rel=\"prev\"", NULL },
                { "<https://a/1>; rel=\"nextish\"", NULL },
                { "<https://a/1>; title=\"next\"", NULL },
                { "<https://a/1>", NULL },
                { "https://a/1; rel=next", NULL },
                /* cut */
                { "<https://a/1", NULL },
                { "<https://a/1>; rel=\"next", NULL },
                { "<https://a/1>; rel=\"prev\", <https://a/3", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *next = link_next(cases[i].header);

                if (!cases[i].next) {
                        assert_null(next);
                        continue;
                }
                assert_non_null(next);
                assert_string_equal(next, cases[i].next);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(link_next_reads_the_relation),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

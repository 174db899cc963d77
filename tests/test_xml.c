#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "providers/xml.h"

static const char *const repeated[] = { "Bucket", NULL };

struct good {
        const char *what, *xml, *root, *json;
};

static const struct good good[] = {
        { "text", "<a>x</a>", "a", "\"x\"" },
        { "nothing", "<a/>", "a", "\"\"" },
        { "members", "<a><b>1</b><c/></a>", "a", "{\"b\":\"1\",\"c\":\"\"}" },
        { "attributes are dropped", "<a xmlns=\"urn:x\" b='c'><d e='f'>1</d></a>", "a",
          "{\"d\":\"1\"}" },
        { "a declaration before it", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x</a>", "a",
          "\"x\"" },
        { "a list of one", "<r><xSet><item><id>1</id></item></xSet></r>", "r",
          "{\"xSet\":[{\"id\":\"1\"}]}" },
        { "a list of two texts", "<r><xSet><item>1</item><item>2</item></xSet></r>", "r",
          "{\"xSet\":[\"1\",\"2\"]}" },
        { "an empty list", "<r><xSet/></r>", "r", "{\"xSet\":[]}" },
        { "an empty list with a line break", "<r><xSet>\n  </xSet></r>", "r", "{\"xSet\":[]}" },
        { "empty regionInfo", "<r><regionInfo/></r>", "r", "{\"regionInfo\":[]}" },
        { "an element called Set is none", "<r><Set/></r>", "r", "{\"Set\":\"\"}" },
        { "member lists", "<r><L><member>a</member></L></r>", "r", "{\"L\":[\"a\"]}" },
        { "empty items", "<r><xSet><item/><item/></xSet></r>", "r", "{\"xSet\":[\"\",\"\"]}" },
        { "lists in lists",
          "<R><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId></item>"
          "</instancesSet></item></reservationSet></R>",
          "R", "{\"reservationSet\":[{\"instancesSet\":[{\"instanceId\":\"i-1\"}]}]}" },
        { "siblings of one name", "<r><a>1</a><a>2</a><b>3</b></r>", "r",
          "{\"a\":[\"1\",\"2\"],\"b\":\"3\"}" },
        { "siblings that are lists",
          "<r><xSet><item>1</item></xSet><xSet><item>2</item></xSet></r>", "r",
          "{\"xSet\":[[\"1\"],[\"2\"]]}" },
        { "an item beside others is a member", "<r><item>1</item><b>2</b></r>", "r",
          "{\"b\":\"2\",\"item\":[\"1\"]}" },
        { "named lists", "<r><Buckets><Bucket><Name>x</Name></Bucket></Buckets></r>", "r",
          "{\"Buckets\":{\"Bucket\":[{\"Name\":\"x\"}]}}" },
        { "entities", "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</a>", "a", "\"<>&\\\"'AB\"" },
        { "a CDATA section", "<a><![CDATA[<b>]]></a>", "a", "\"<b>\"" },
        { "beyond ASCII", "<a>\xc3\xa9t\xc3\xa9</a>", "a", "\"\xc3\xa9t\xc3\xa9\"" },
        { "text is kept as it stands", "<a><b> x </b></a>", "a", "{\"b\":\" x \"}" },
        { "text beside elements is dropped", "<a>x<b>1</b>y</a>", "a", "{\"b\":\"1\"}" },
        { "text after a child is not the next one's", "<a><b>1</b>y<c/></a>", "a",
          "{\"b\":\"1\",\"c\":\"\"}" },
};

static void xml_becomes_json(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                const struct good *c = &good[i];
                struct xml_document document = { 0 };
                _cleanup_(freep) char *json = NULL;

                print_message("%s\n", c->what);
                assert_int_equal(xml_parse(c->xml, strlen(c->xml), repeated, &document, NULL), 0);
                assert_string_equal(document.root, c->root);
                json = json_canonical(document.content);
                json_decref(document.content);
                assert_string_equal(json, c->json);
        }
}

struct bad {
        const char *what, *xml, *says;
};

static const struct bad bad[] = {
        { "nothing at all", "", "line 1" },
        { "cut within a tag", "<a><b>1</b", "line 1" },
        { "cut between tags", "<a><b>1</b>", "line 1" },
        { "cut in the text", "<a>\n<b>secret-valu", "line 2" },
        { "two roots", "<a/><b/>", "line 1" },
        { "tags that do not match", "<a><b></a></b>", "line 1" },
        { "no XML", "{\"a\": 1}", "line 1" },
        { "DOCTYPE", "<!DOCTYPE a><a>x</a>", "DOCTYPE" },
        { "DOCTYPE with entities", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "DOCTYPE" },
        { "DOCTYPE of a file", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
          "DOCTYPE" },
        { "an entity that no one defined", "<a>&b;</a>", "line 1" },
        { "bad UTF-8", "<a>\xff</a>", "line 1" },
        { "a NUL character", "<a>&#0;</a>", "line 1" },
};

static void xml_refuses_what_is_broken(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                const struct bad *c = &bad[i];
                struct xml_document document = { 0 };
                struct error err = { 0 };

                print_message("%s\n", c->what);
                assert_int_equal(xml_parse(c->xml, strlen(c->xml), NULL, &document, &err),
                                 -EBADMSG);
                assert_null(document.content);
                assert_non_null(strstr(err.text, c->says));
                assert_null(strstr(err.text, "secret-valu"));
        }
}

/* Every beginning of a reply is refused: none looks like a shorter list. */
static void xml_refuses_every_cut(void **state)
{
        static const char xml[] = "<R><xSet><item><id>1</id></item><item/></xSet><n>t</n></R>";

        for (size_t n = 0; n < sizeof(xml) - 1; n++) {
                struct xml_document document = { 0 };

                assert_int_equal(xml_parse(xml, n, NULL, &document, NULL), -EBADMSG);
                assert_null(document.content);
        }
}

static int parse_nested(unsigned depth)
{
        struct buffer b = BUFFER_INIT(4096);
        struct xml_document document = { 0 };
        int r;

        for (unsigned i = 0; i < depth; i++)
                buffer_add(&b, "<a>");
        for (unsigned i = 0; i < depth; i++)
                buffer_add(&b, "</a>");
        r = xml_parse(buffer_text(&b), b.size_bytes, NULL, &document, NULL);
        json_decref(document.content);
        buffer_done(&b);
        return r;
}

static void xml_bounds_the_depth(void **state)
{
        assert_int_equal(parse_nested(XML_DEPTH_MAX), 0);
        assert_int_equal(parse_nested(XML_DEPTH_MAX + 1), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(xml_becomes_json),
                cmocka_unit_test(xml_refuses_what_is_broken),
                cmocka_unit_test(xml_refuses_every_cut),
                cmocka_unit_test(xml_bounds_the_depth),
        };

        return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}

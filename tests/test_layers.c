/* The architecture as tables: who may include whom, who may touch which library, which functions
 * nobody calls, and that no part of the daemon knows a provider by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/buffer.h"

enum { MAY_MAX = 9, HOMES_MAX = 4, REPORT_BYTES_MAX = 64 * 1024, SOURCE_BYTES_MAX = 1024 * 1024 };

/* ---- the rules ---------------------------------------------------------------------------------
 */

#define BASE "daemon/base/"
#define MODEL "daemon/model/"
#define ENGINE "daemon/engine/"
#define JUDGE "daemon/judge/"
#define STORE "daemon/store/"
#define REPORT "daemon/report/"
#define WATCH "daemon/watch/"
#define CLI "daemon/cli/"
#define PROVIDER "providers/provider.h"

/* clang-format off */

/* Files whose path begins with who may include what begins with one of may; nothing else. */
static const struct {
        const char *who, *may[MAY_MAX];
} layers[] = {
        { BASE,            { BASE } },
        { MODEL,           { BASE, MODEL } },
        { ENGINE,          { BASE, MODEL, ENGINE, PROVIDER } },
        { JUDGE,           { BASE, MODEL, JUDGE } },
        { STORE,           { BASE, MODEL, STORE } },
        { REPORT,          { BASE, MODEL, STORE, REPORT } },
        { WATCH,           { BASE, MODEL, ENGINE, JUDGE, STORE, REPORT, WATCH, PROVIDER } },
        { CLI,             { BASE, MODEL, STORE, REPORT, WATCH, CLI, PROVIDER } },
        { "daemon/main.c", { BASE, REPORT, CLI } },
        { "providers/",    { BASE, MODEL } }, /* and providers/: see include_of_provider() */
};

/* Nobody but these includes all of the parts together. */
static const char *const joined_parts[] = { ENGINE, JUDGE, STORE };
static const char *const joiners[] = { WATCH "cycle.c", WATCH "cycle.h" };

/* Libraries with one home each, so that another can take their place. */
static const struct {
        const char *header, *homes[HOMES_MAX];
} libraries[] = {
        { "curl/",             { ENGINE "http.c" } },
        { "sqlite3.h",         { STORE } },
        { "yaml.h",            { BASE "yaml.c" } },
        { "libsmartcols/",     { REPORT } },
        { "libsmartcols.h",    { REPORT } },
        { "expat.h",           { "providers/" } },
        { "jwt.h",             { "providers/jwt.c" } },
        { "microhttpd.h",      { WATCH "listener.c" } },
        { "systemd/sd-event.h", { ENGINE, WATCH } },
        { "systemd/sd-journal.h", { WATCH } },
};

/* No such words in the daemon outside comments, not even in a text. */
static const char *const provider_names[] = { "aws", "azure", "gcp", "huggingface", "mistral", "ovh", "replicate", "scaleway" };

/* Never called; home: the one file that may. */
static const struct {
        const char *name, *home, *instead;
} banned[] = {
        { "strcpy",   NULL, "strdup() or snprintf()" },
        { "strcat",   NULL, "a struct buffer" },
        { "strncpy",  NULL, "snprintf()" },
        { "strncat",  NULL, "a struct buffer" },
        { "sprintf",  NULL, "snprintf() or asprintf()" },
        { "vsprintf", NULL, "vsnprintf()" },
        { "strtok",   NULL, "strcspn()" },
        { "strtok_r", NULL, "strcspn()" },
        { "gets",     NULL, "getline()" },
        { "atoi",     NULL, "number_parse_u64()" },
        { "atol",     NULL, "number_parse_i64()" },
        { "atoll",    NULL, "number_parse_i64()" },
        { "atof",     NULL, "number_parse_double()" },
        { "strtol",   BASE "number.c", "number_parse_i64()" },
        { "strtoll",  BASE "number.c", "number_parse_i64()" },
        { "strtoul",  BASE "number.c", "number_parse_u64()" },
        { "strtoull", BASE "number.c", "number_parse_u64()" },
        { "strtod",   BASE "number.c", "number_parse_double()" },
        { "alloca",   NULL, "malloc() and _cleanup_" },
        { "system",   NULL, "engine/command" },
        { "popen",    NULL, "engine/command" },
        { "tmpnam",   NULL, "mkstemp()" },
        { "mktemp",   NULL, "mkstemp()" },
        { "sleep",    NULL, "a timer event" },
        { "usleep",   NULL, "a timer event" },
        { "nanosleep", NULL, "a timer event" },
        { "localtime", NULL, "daemon/base/clock.h" },
        { "gmtime",   NULL, "daemon/base/clock.h" },
        { "ctime",    NULL, "daemon/base/clock.h" },
        { "rand",     NULL, "getrandom()" },
        { "curl_easy_perform", NULL, "http_send(): nothing blocks the loop" },
};
/* clang-format on */

/* ---- reading C ---------------------------------------------------------------------------------
 */

/* Blanks out comments, and what stands in texts when asked, in a copy of the same length. */
static char *without(const char *source, bool texts)
{
        char *copy = strdup(source), *p = copy;
        char quote = '\0';

        assert_non_null(copy);
        while (*p != '\0') {
                if (quote) {
                        bool escaped = p[0] == '\\' && p[1] != '\0', end = *p == quote;

                        if (texts && !end)
                                *p = ' ';
                        if (texts && escaped)
                                p[1] = p[1] == '\n' ? '\n' : ' ';
                        quote = end ? '\0' : quote;
                        p += escaped ? 2 : 1;
                } else if (p[0] == '/' && (p[1] == '/' || p[1] == '*')) {
                        char *end = p[1] == '/' ? strchr(p, '\n') : strstr(p + 2, "*/");
                        char *after = !end ? p + strlen(p) : p[1] == '/' ? end : end + 2;

                        for (; p < after; p++)
                                *p = *p == '\n' ? '\n' : ' ';
                } else {
                        quote = *p == '"' || *p == '\'' ? *p : '\0';
                        p++;
                }
        }
        return copy;
}

struct finding_list {
        struct buffer text;
        size_t n;
};

static int line_of(const char *source, const char *at)
{
        int line = 1;

        for (const char *p = source; p < at; p++)
                line += *p == '\n';
        return line;
}

static bool begins(const char *text, const char *prefix)
{
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool begins_with_any(const char *text, const char *const *prefixes, size_t n)
{
        for (size_t i = 0; i < n && prefixes[i]; i++)
                if (begins(text, prefixes[i]))
                        return true;
        return false;
}

/* ---- includes ----------------------------------------------------------------------------------
 */

/* "providers/aws/" of "providers/aws/sign.c"; length 0 for what stands beside provider.h. */
static size_t provider_folder(const char *path)
{
        const char *rest = path + strlen("providers/"), *slash = strchr(rest, '/');

        return slash ? (size_t)(slash + 1 - path) : 0;
}

/* A provider sees its own folder and what is shared beside provider.h, never another's. */
static bool include_of_provider(const char *path, const char *included)
{
        size_t theirs;

        if (!begins(path, "providers/") || !begins(included, "providers/"))
                return false;
        theirs = provider_folder(included);
        return theirs == 0 ||
               (provider_folder(path) == theirs && strncmp(path, included, theirs) == 0);
}

static bool include_allowed(const char *path, const char *included)
{
        for (size_t i = 0; i < ELEMENTSOF(layers); i++)
                if (begins(path, layers[i].who))
                        return begins_with_any(included, layers[i].may, MAY_MAX) ||
                               include_of_provider(path, included);
        return false; /* a folder that no table knows */
}

static bool library_allowed(const char *path, const char *included)
{
        for (size_t i = 0; i < ELEMENTSOF(libraries); i++)
                if (begins(included, libraries[i].header))
                        return begins_with_any(path, libraries[i].homes, HOMES_MAX);
        return true;
}

static void check_joins(const char *path, const bool parts[], struct finding_list *found)
{
        bool all = true;

        for (size_t i = 0; i < ELEMENTSOF(joined_parts); i++)
                all = all && parts[i];
        for (size_t i = 0; i < ELEMENTSOF(joiners); i++)
                all = all && strcmp(path, joiners[i]) != 0;
        if (!all)
                return;
        found->n++;
        buffer_printf(&found->text, "%s: only watch/cycle joins engine, judge and store\n", path);
}

static void check_includes(const char *path, const char *source, struct finding_list *found)
{
        _cleanup_(freep) char *code = without(source, false);
        bool parts[ELEMENTSOF(joined_parts)] = { false };
        char included[256], open, close;
        int line = 1;

        for (const char *p = code; *p != '\0'; line++) {
                size_t length = strcspn(p, "\n");
                bool fine = true;

                close = '\0';
                if (sscanf(p, " # include %c%255[^\">\n]%c", &open, included, &close) == 3 &&
                    (open == '"' || open == '<')) {
                        fine = open == '"' ? include_allowed(path, included)
                                           : library_allowed(path, included);
                        for (size_t i = 0; i < ELEMENTSOF(joined_parts); i++)
                                parts[i] = parts[i] ||
                                           (open == '"' && begins(included, joined_parts[i]));
                }
                if (!fine) {
                        found->n++;
                        buffer_printf(&found->text, "%s:%d: may not include %c%s%c\n", path, line,
                                      open, included, close);
                }
                p += length + (p[length] == '\n');
        }
        check_joins(path, parts, found);
}

/* ---- words -------------------------------------------------------------------------------------
 */

static bool is_word_of_name(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

/* A call (or any other use) of a banned function; its name as a part of another is none. */
static void check_banned(const char *path, const char *source, struct finding_list *found)
{
        _cleanup_(freep) char *code = without(source, true);

        for (size_t i = 0; i < ELEMENTSOF(banned); i++) {
                size_t length = strlen(banned[i].name);

                for (const char *p = code; (p = strstr(p, banned[i].name)); p += length) {
                        const char *after = p + length + strspn(p + length, " \t");

                        if ((p > code && is_word_of_name(p[-1])) || *after != '(' ||
                            (banned[i].home && strcmp(path, banned[i].home) == 0))
                                continue;
                        found->n++;
                        buffer_printf(&found->text, "%s:%d: %s() is not used here; %s\n", path,
                                      line_of(code, p), banned[i].name, banned[i].instead);
                }
        }
}

/* "aws_sign" and "aws-global" name a provider, "draws" does not. */
static void check_names(const char *path, const char *source, struct finding_list *found)
{
        _cleanup_(freep) char *code = without(source, false);

        if (!begins(path, "daemon/"))
                return;
        for (size_t i = 0; i < ELEMENTSOF(provider_names); i++) {
                size_t length = strlen(provider_names[i]);

                for (const char *p = code; (p = strcasestr(p, provider_names[i])); p += length) {
                        if ((p > code && isalnum((unsigned char)p[-1])) ||
                            isalnum((unsigned char)p[length]))
                                continue;
                        found->n++;
                        buffer_printf(&found->text, "%s:%d: names the provider '%s'\n", path,
                                      line_of(code, p), provider_names[i]);
                }
        }
}

static void check_source(const char *path, const char *source, struct finding_list *found)
{
        check_includes(path, source, found);
        check_banned(path, source, found);
        check_names(path, source, found);
}

/* ---- the tree ----------------------------------------------------------------------------------
 */

static char *read_source(const char *path)
{
        _cleanup_(fclosep) FILE *file = fopen(path, "re");
        struct buffer text = BUFFER_INIT(SOURCE_BYTES_MAX);
        char block[8192];
        size_t n;

        if (!file)
                fail_msg("%s cannot be read", path);
        while ((n = fread(block, 1, sizeof(block), file)) > 0)
                buffer_append(&text, block, n);
        assert_int_equal(buffer_error(&text), 0);
        return buffer_take(&text);
}

static bool is_source(const char *name)
{
        const char *dot = strrchr(name, '.');

        return dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0);
}

static size_t check_tree(const char *folder, struct finding_list *found)
{
        struct dirent **entries = NULL;
        int n = scandir(folder, &entries, NULL, alphasort);
        size_t files = 0;

        assert_true(n >= 0);
        for (int i = 0; i < n; i++) {
                _cleanup_(freep) char *path = NULL, *source = NULL;
                struct stat st;

                assert_true(asprintf(&path, "%s/%s", folder, entries[i]->d_name) > 0);
                if (entries[i]->d_name[0] != '.' && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
                        files += check_tree(path, found);
                } else if (is_source(entries[i]->d_name)) {
                        source = read_source(path);
                        check_source(path, source, found);
                        files++;
                }
                free(entries[i]);
        }
        free(entries);
        return files;
}

static void layers_hold_in_the_whole_tree(void **state)
{
        struct finding_list found = { .text = BUFFER_INIT(REPORT_BYTES_MAX) };
        size_t files = check_tree("daemon", &found) + check_tree("providers", &found);

        assert_true(files > 50); /* the tests run from the top of the tree */
        if (found.n > 0)
                print_error("%s", buffer_text(&found.text));
        buffer_done(&found.text);
        assert_int_equal(found.n, 0);
}

/* ---- that the rules can fail
 * --------------------------------------------------------------------- */

/* clang-format off */
static const struct {
        const char *path, *source;
        size_t findings;
} samples[] = {
        /* layers */
        { BASE "x.c",   "#include \"daemon/base/error.h\"\n", 0 },
        { BASE "x.c",   "#include \"daemon/model/fact.h\"\n", 1 },
        { MODEL "x.h",  "#include \"providers/provider.h\"\n", 1 },
        { ENGINE "x.c", "#include \"providers/provider.h\"\n", 0 },
        { ENGINE "x.c", "#include \"providers/aws/account.h\"\n", 2 }, /* the name, too */
        { ENGINE "x.c", "#include \"daemon/store/store.h\"\n", 1 },
        { ENGINE "x.c", "#include \"daemon/judge/judge.h\"\n", 1 },
        { JUDGE "x.c",  "#include \"daemon/engine/scan.h\"\n", 1 },
        { JUDGE "x.c",  "#include \"providers/provider.h\"\n", 1 },
        { STORE "x.c",  "#include \"daemon/judge/judge.h\"\n", 1 },
        { REPORT "x.c", "#include \"daemon/store/store.h\"\n", 0 },
        { REPORT "x.c", "#include \"daemon/engine/scan.h\"\n", 1 },
        { WATCH "x.c",  "#include \"daemon/report/report.h\"\n", 0 },
        { WATCH "x.c",  "#include \"daemon/cli/command.h\"\n", 1 },
        { CLI "x.c",    "#include \"daemon/watch/cycle.h\"\n", 0 },
        { CLI "x.c",    "#include \"daemon/engine/scan.h\"\n", 1 },
        { "daemon/main.c", "#include \"daemon/cli/command.h\"\n", 0 },
        { "daemon/main.c", "#include \"daemon/engine/scan.h\"\n", 1 },
        { "daemon/new/x.c", "#include \"daemon/base/error.h\"\n", 1 },
        { BASE "x.c",   "#include \"../model/fact.h\"\n", 1 },
        { BASE "x.c",   "#include \"error.h\"\n", 1 },
        { BASE "x.c",   "# include  \"daemon/model/fact.h\"\n", 1 },
        { BASE "x.c",   "/* #include \"daemon/model/fact.h\" */\n// #include \"daemon/cli/x.h\"\n", 0 },
        /* providers */
        { "providers/aws/x.c", "#include \"providers/provider.h\"\n#include \"providers/xml.h\"\n", 0 },
        { "providers/aws/x.c", "#include \"providers/aws/account.h\"\n", 0 },
        { "providers/aws/x.c", "#include \"providers/awsome/sign.h\"\n", 1 },
        { "providers/aws/x.c", "#include \"providers/scaleway/account.h\"\n", 1 },
        { "providers/aws/x.c", "#include \"daemon/engine/http.h\"\n", 1 },
        { "providers/xml.c",   "#include \"providers/aws/account.h\"\n", 1 },
        { "providers/registry.c", "extern const struct provider aws_provider;\n", 0 },
        /* joins */
        { WATCH "x.c", "#include \"daemon/engine/scan.h\"\n#include \"daemon/judge/judge.h\"\n#include \"daemon/store/store.h\"\n", 1 },
        { WATCH "x.c", "#include \"daemon/judge/judge.h\"\n#include \"daemon/store/store.h\"\n", 0 },
        { WATCH "cycle.c", "#include \"daemon/engine/scan.h\"\n#include \"daemon/judge/judge.h\"\n#include \"daemon/store/store.h\"\n", 0 },
        /* libraries */
        { ENGINE "http.c", "#include <curl/curl.h>\n", 0 },
        { ENGINE "http.h", "#include <curl/curl.h>\n", 1 },
        { "providers/aws/x.c", "#include <curl/curl.h>\n", 1 },
        { STORE "x.c", "#include <sqlite3.h>\n", 0 },
        { WATCH "x.c", "#include <sqlite3.h>\n", 1 },
        { CLI "x.c", "#include <systemd/sd-event.h>\n", 1 },
        { CLI "x.c", "#include <string.h>\n", 0 },
        /* functions */
        { BASE "x.c", "strcpy(a, b);\n", 1 },
        { BASE "x.c", "x = atoi (b);\n", 1 },
        { BASE "x.c", "my_strcpy(a, b); strcpy_s(a, b); json_sprintf(\"x\");\n", 0 },
        { BASE "x.c", "/* strcpy(a, b) */ f(\"strcpy(a, b)\"); c = '\"'; d(\"\\\"\"); strcat(a, b);\n", 1 },
        { BASE "x.c", "f(\"a\\\\\"); sprintf(a, \"b\");\n", 1 },
        { BASE "number.c", "strtoll(a, b, 10);\n", 0 },
        { BASE "clock.c", "strtoll(a, b, 10);\n", 1 },
        { BASE "number.c", "atoi(a);\n", 1 },
        { "providers/aws/x.c", "sleep(1);\n", 1 },
        /* names */
        { JUDGE "x.c", "f(\"aws\");\n", 1 },
        { JUDGE "x.c", "f(\"AWS-global\"); scaleway_new();\n", 2 },
        { JUDGE "x.c", "/* as in aws.sagemaker */ draws(laws); // Azure\n", 0 },
        { "providers/aws/x.c", "f(\"aws\");\n", 0 },
};
/* clang-format on */

static void layers_rules_find_what_breaks_them(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                struct finding_list found = { .text = BUFFER_INIT(REPORT_BYTES_MAX) };

                check_source(samples[i].path, samples[i].source, &found);
                if (found.n != samples[i].findings)
                        print_error("%s: %s%s", samples[i].path, samples[i].source,
                                    buffer_text(&found.text));
                buffer_done(&found.text);
                assert_int_equal(found.n, samples[i].findings);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(layers_rules_find_what_breaks_them),
                cmocka_unit_test(layers_hold_in_the_whole_tree),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

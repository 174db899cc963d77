#include "daemon/watch/rendering.h"

#include "daemon/base/log.h"
#include "daemon/report/language.h"
#include "daemon/store/store.h"
#include "daemon/watch/programme-page.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RENDER_SECONDS_MAX = 300, WHY_BYTES_MAX = 512 /* of struct error */ };

struct rendering {
        sd_event_source *child;
        pid_t pid; /* 0: it has ended */
        int file;
        rendering_fn on_done;
        void *user;
};

/* ---- in the process ----------------------------------------------------------------------------
 */

static int write_report(const struct rendering_work *work, struct store *store, FILE *out,
                        struct error *err)
{
        static const struct store_filter all = { 0 };
        struct report_request request = {
                .store = store,
                .part = REPORT_SCAN,
                .filter = &all,
                .language = work->language,
                .terminal = { .out = out },
                .verbose = true,
                .served = work->with_links,
        };

        struct programme_page page = { 0 };
        int r;

        if (work->format == REPORT_HTML && programme_page_take(&page, work->config, &request) < 0)
                log_warning("%s", page.error.text); /* the page says so too */
        r = report_write(&request, work->format, err);
        programme_page_done(&page);
        return r;
}

static int write_history(const struct rendering_work *work, struct store *store, FILE *out,
                         struct error *err)
{
        const struct history_request request = {
                .store = store,
                .by = work->by,
                .max = work->max_scans,
                .language = work->language,
                .terminal = { .out = out },
                .served = true,
        };

        return history_write(&request, work->history_format, err);
}

static int render(const struct rendering_work *work, FILE *out, struct error *err)
{
        _cleanup_(store_closep) struct store *store = NULL;
        int r = store_open(&store, work->state_dir, true, err);

        if (r >= 0)
                r = store_read_begin(store, err);
        if (r < 0)
                return r;
        r = work->of_history ? write_history(work, store, out, err)
                             : write_report(work, store, out, err);
        store_read_end(store);
        return r;
}

/* Connections and the listening socket are the parent's: held open here they would not end when it
 * ends them. */
static FILE *keep_only(int file)
{
        enum { KEPT = STDERR_FILENO + 1 };

        if (dup2(file, KEPT) < 0)
                return NULL;
        closefrom(KEPT + 1);
        return fdopen(KEPT, "w");
}

static _Noreturn void run(const struct rendering_work *work, int file, pid_t parent)
{
        struct error err = { 0 };
        sigset_t none;
        FILE *out;
        int r;

        (void)signal(SIGALRM, SIG_DFL);
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)alarm(RENDER_SECONDS_MAX);
        out = keep_only(file);
        if (!out || getppid() != parent)
                _exit(EXIT_FAILURE);
        language_use(work->language);
        r = render(work, out, &err);
        if (r < 0) { /* what was written of it is no document; why is written in its place */
                int fd = fileno(out);

                (void)fflush(out);
                if (ftruncate(fd, 0) == 0)
                        (void)!pwrite(fd, err.text, strlen(err.text), 0);
        }
        _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- beside it ---------------------------------------------------------------------------------
 */

static void fail(struct rendering *r, const siginfo_t *how)
{
        char why[WHY_BYTES_MAX] = "";
        ssize_t n = how->si_code == CLD_EXITED ? pread(r->file, why, sizeof(why) - 1, 0) : -1;

        if (how->si_code != CLD_EXITED && how->si_status == SIGALRM)
                (void)snprintf(why, sizeof(why), "it took longer than %d seconds",
                               RENDER_SECONDS_MAX);
        else if (how->si_code != CLD_EXITED)
                (void)snprintf(why, sizeof(why), "its process was ended by signal %d",
                               how->si_status);
        else if (n <= 0)
                (void)snprintf(why, sizeof(why), "no room to say why");
        r->on_done(r->user, false, -1, 0, why);
}

static void hand_over(struct rendering *r, uint64_t size_bytes)
{
        int file = r->file;

        r->file = -1;
        r->on_done(r->user, true, file, size_bytes, NULL);
}

static int rendering_on_end(sd_event_source *source, const siginfo_t *how, void *user)
{
        struct rendering *r = user;
        struct stat st;

        r->pid = 0;
        if (how->si_code != CLD_EXITED || how->si_status != EXIT_SUCCESS)
                fail(r, how);
        else if (fstat(r->file, &st) < 0)
                r->on_done(r->user, false, -1, 0, strerror(errno));
        else
                hand_over(r, (uint64_t)st.st_size);
        return 0; /* r may be gone */
}

static int open_file(void)
{
        _cleanup_(fclosep) FILE *file = tmpfile();

        return file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
}

int rendering_start(struct rendering **ret, sd_event *event, const struct rendering_work *work,
                    rendering_fn on_done, void *user, struct error *err)
{
        _cleanup_(rendering_freep) struct rendering *r = calloc(1, sizeof(*r));
        pid_t parent = getpid();
        int n;

        if (!r)
                return error_oom(err);
        r->on_done = on_done;
        r->user = user;
        r->file = open_file(); /* before anything can fail: 0 is a descriptor too */
        if (r->file < 0)
                return error_set(err, -errno, "a temporary file: %s", strerror(errno));
        r->pid = fork();
        if (r->pid == 0)
                run(work, r->file, parent);
        if (r->pid < 0) {
                r->pid = 0;
                return error_set(err, -errno, "a process for it: %s", strerror(errno));
        }
        n = sd_event_add_child(event, &r->child, r->pid, WEXITED, rendering_on_end, r);
        if (n < 0)
                return error_set(err, n, "event loop: %s", strerror(-n));
        (void)sd_event_source_set_description(r->child, "rendering");
        *ret = TAKE_PTR(r);
        return 0;
}

struct rendering *rendering_free(struct rendering *r)
{
        if (!r)
                return NULL;
        sd_event_source_disable_unref(r->child);
        if (r->pid > 0) {
                (void)kill(r->pid, SIGKILL);
                (void)waitpid(r->pid, NULL, 0);
        }
        if (r->file >= 0)
                (void)close(r->file);
        free(r);
        return NULL;
}

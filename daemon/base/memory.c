#include "daemon/base/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Segments without PF_W only: what the linker has written to (relocations, RELRO) is in the others,
 * and would be lost. */
static int rest_object(struct dl_phdr_info *info, size_t size, void *user)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        for (int i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *p = &info->dlpi_phdr[i];
                uintptr_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_filesz;

                if (p->p_type != PT_LOAD || (p->p_flags & PF_W))
                        continue;
                from &= ~(page - 1);
                to &= ~(page - 1); /* the last page may be shared with what follows */
                if (to <= from)
                        continue;
                /* the program header has numbers: NOLINTNEXTLINE(performance-no-int-to-ptr) */
                (void)madvise((void *)from, to - from, MADV_DONTNEED);
        }
        return 0;
}

void memory_rest(void)
{
        (void)malloc_trim(0);
        (void)dl_iterate_phdr(rest_object, NULL);
}

/* row.c - the status of a row: accepted, or refused with a reason and a place. */
#include "base/base.h"

int mg_row_refuse(molglot_row_status *row, int64_t offset, const char *fmt, ...) {
    if (row) {
        row->ok = 0;
        row->offset = offset < 0 || offset > INT32_MAX ? -1 : (int32_t)offset;
        va_list args;
        va_start(args, fmt);
        vsnprintf(row->reason, sizeof row->reason, fmt, args);
        va_end(args);
    }
    return MOLGLOT_BAD_FILE;
}

void mg_row_accept(molglot_row_status *row) {
    if (row) *row = (molglot_row_status){.ok = 1, .offset = -1};
}

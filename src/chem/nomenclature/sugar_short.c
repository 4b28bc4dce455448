#include "chem/nomenclature/sugar.h"
bool sugar_short(const name_reader *r, size_t i, size_t end, sugar *out) { (void)r; (void)i; (void)end; (void)out; return false; }

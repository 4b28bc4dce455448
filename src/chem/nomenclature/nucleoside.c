#include "chem/nomenclature/sugar.h"
bool sugar_make(const sugar_parent *p, unsigned without, unsigned filled, name_fragment *f) { return sugar_build(&p->s, without, filled, f); }

/* naturals.c - natural parents: their atoms with locants, their rings anticlockwise as seen from
 * the beta face, and what stands on which face of these (IUPAC P-101.2, the steroid rules 3S-2).
 * Side chains have their centres in the SMILES. Names of molecules that biochemists use without
 * saying their centres stand as the systematic name.
 */
#include "chem/nomenclature/inside.h"

#define ABC    "1.2.3.4.5.10/10.5.6.7.8.9/9.8.14.13.12.11"
#define RINGS  ABC "/13.14.15.16.17"
#define RINGS6 ABC "/13.14.15.16.17.18"
#define FACES  "8B9A10B13B14A17B"
/* from the first atom to C-17, and behind its side chain */
#define FRONT   "C1CCCC2CCC3C4CCC("
#define BACK    ")C4(C)CCC3C12C"
#define L_FRONT "1/2/3/4/5/6/7/8/14/15/16/17/"
#define L_BACK  "/13/18/12/11/9/10/19"
#define L_27    "20/21/22/23/24/25/26/27"

const name_parent NAME_NATURALS[] = {
    {"gon", "C1CCCC2CCC3C4CCCC4CCC3C12", "1/2/3/4/5/6/7/8/14/15/16/17/13/12/11/9/10", RINGS,
     "8B9A10B13B14A"},
    {"estr", "C1CCCC2CCC3C4CCCC4(C)CCC3C12", "1/2/3/4/5/6/7/8/14/15/16/17/13/18/12/11/9/10", RINGS,
     "8B9A10B13B14A"},
    {"androst", "C1CCCC2CCC3C4CCCC4(C)CCC3C12C", "1/2/3/4/5/6/7/8/14/15/16/17/13/18/12/11/9/10/19",
     RINGS, "8B9A10B13B14A"},
    {"pregn", FRONT "CC" BACK, L_FRONT "20/21" L_BACK, RINGS "/~17.20.21", FACES},
    {"chol", FRONT "[C@H](C)CCC" BACK, L_FRONT "20/21/22/23/24" L_BACK, RINGS, FACES},
    {"cholest", FRONT "[C@H](C)CCCC(C)C" BACK, L_FRONT L_27 L_BACK, RINGS, FACES},
    {"ergost", FRONT "[C@H](C)CC[C@@H](C(C)C)C" BACK, L_FRONT "20/21/22/23/24/25/26/27/28" L_BACK,
     RINGS, FACES},
    {"campest", FRONT "[C@H](C)CC[C@H](C(C)C)C" BACK, L_FRONT "20/21/22/23/24/25/26/27/28" L_BACK,
     RINGS, FACES},
    {"poriferast", FRONT "[C@H](C)CC[C@@H](C(C)C)CC" BACK,
     L_FRONT "20/21/22/23/24/25/26/27/28/29" L_BACK, RINGS, FACES},
    {"stigmast", FRONT "[C@H](C)CC[C@H](C(C)C)CC" BACK,
     L_FRONT "20/21/22/23/24/25/26/27/28/29" L_BACK, RINGS, FACES},
    {"spirost", "C1CCCC2CCC3C4CC5C([C@H](C)[C@@]6(CCC(C)CO6)O5)C4(C)CCC3C12C",
     "1/2/3/4/5/6/7/8/14/15/16/17/20/21/22/23/24/25/27/26///13/18/12/11/9/10/19", RINGS,
     FACES "16B"},
    {"furost", "C1CCCC2CCC3C4CC5C([C@H](C)C(CCC(C)C)O5)C4(C)CCC3C12C",
     "1/2/3/4/5/6/7/8/14/15/16/17/20/21/22/23/24/25/26/27//13/18/12/11/9/10/19", RINGS,
     FACES "16B"},
    {"card|olid", FRONT "C5CC(=O)OC5" BACK, L_FRONT "20/22/23///21" L_BACK, RINGS,
     "8B9A10B13B14B17B"},
    {"buf|olid", FRONT "C5CCC(=O)OC5" BACK, L_FRONT "20/22/23/24///21" L_BACK, RINGS,
     "8B9A10B13B14B17B"},
    {"lanost", "C1CCC(C)(C)C2CCC3C4(C)CCC([C@H](C)CCCC(C)C)C4(C)CCC3C12C",
     "1/2/3/4/28/29/5/6/7/8/14/30/15/16/17/" L_27 L_BACK, RINGS, "28A5A8B9A10B13B30A17B"},
    {NULL, NULL, NULL, NULL, NULL}};

const char *const NAME_RETAINED[][2] = {{"cholesterol", "cholest-5-en-3beta-ol"}, {NULL, NULL}};

/* asked.c - which oddities (chem.h, MG_ODD_...) a sentence asks for: a table of words, since a
 * sentence that names metals, isotopes, salts or radicals is to have them.
 *
 * Words are runs of letters and digits of the folded text. In the table "x*" is a beginning of a
 * word, "*x" an end, "x" a whole word. Numbers before a symbol (13C) and d3 stand for isotopes.
 */
#include "chem/chem.h"
#include "generate/inside.h"
#include "text/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    R = MG_ODD_RADICAL,
    I = MG_ODD_ISOTOPE,
    M = MG_ODD_METAL,
    E = MG_ODD_ELEMENT,
    P = MG_ODD_PARTS,
    C = MG_ODD_CHARGE
};

static const struct {
    const char *word;
    unsigned odd;
} words[] = {{"radical*", R | C},
             {"unpaired", R},
             {"carbene*", R},
             {"nitrene*", R},
             {"nitroxide*", R},
             {"nitroxyl*", R},
             {"aminoxyl*", R},
             {"spin", R},
             {"paramagnetic", R},
             {"superoxide*", R | C},
             {"dioxygen*", R},
             {"nitric", R},
             {"triplet", R},
             {"diradical*", R},
             {"biradical*", R},
             {"isotop*", I},
             {"deuter*", I},
             {"triti*", I},
             {"labelled", I},
             {"labeled", I},
             {"radio*", I | M},
             {"tracer*", I},
             {"nuclide*", I},
             {"pet", I},
             {"enriched", I},
             {"metal*", M | P | C},
             {"organometal*", M | P | C},
             {"*metal", M | P | C},
             {"*metallic", M | P | C},
             {"complex*", M | P | C},
             {"coordination", M | P | C},
             {"chelat*", M | P | C},
             {"catalyst*", M | P | C},
             {"cobalamin*", M | P | C},
             {"chlorophyll*", M},
             {"heme*", M | C},
             {"haem*", M | C},
             {"grignard", M | P},
             {"inorganic", M | E | P | C},
             {"mineral*", M | E | P | C},
             {"element*", M | E | C},
             {"alloy*", M},
             {"salt", M | P | C},
             {"salts", M | P | C},
             {"*hydrochloride", P | C},
             {"*hydrobromide", P | C},
             {"*hydroiodide", P | C},
             {"*chloride", P | C},
             {"*bromide", P | C},
             {"*iodide", P | C},
             {"*fluoride", P | C},
             {"*hydrate", P},
             {"*hydrates", P},
             {"*solvate", P},
             {"mesylate", P},
             {"besylate", P},
             {"tosylate", P},
             {"maleate", P},
             {"fumarate", P},
             {"tartrate", P},
             {"citrate", P},
             {"succinate", P},
             {"oxalate", P},
             {"pamoate", P},
             {"esylate", P},
             {"mixture*", P},
             {"adduct*", P},
             {"racemate*", P},
             {"cocrystal*", P},
             {"conjugate", C},
             {"component*", P},
             {"ion", P | C},
             {"ions", P | C},
             {"ionic", P | C},
             {"anion*", C | E},
             {"cation*", C},
             {"dianion*", C},
             {"trianion*", C},
             {"*anion", C},
             {"*cation", C},
             {"charged", C},
             {"charge", C},
             {"zwitterion*", C},
             {"carbanion*", C},
             {"carbocation*", C},
             {"carbenium", C},
             {"*onium", C},
             {"ylide*", C},
             {"hydride*", C | M},
             {"halide*", P | C},
             {"*ylium", C},
             {"arsen*", E},
             {"arson*", E},
             {"arsin*", E},
             {"tellur*", E},
             {"german*", E},
             {"antimon*", E | M},
             {"stib*", E | M},
             {"*argon", E},
             {"xenon", E},
             {"krypton", E},
             {"helium", E},
             {"neon", E},
             {"radon", E},
             {"noble", E},
             {"astat*", E},
             {"polymer*", E},
             {"wildcard", E},
             {"lithi*", M | P},
             {"sodi*", M | P},
             {"disodi*", M | P},
             {"trisodi*", M | P},
             {"potass*", M | P},
             {"dipotass*", M | P},
             {"rubidi*", M | P},
             {"caesi*", M | P},
             {"cesi*", M | P},
             {"beryll*", M | P},
             {"magnes*", M | P},
             {"calci*", M | P},
             {"stront*", M | P},
             {"barium*", M | P},
             {"scandi*", M | P},
             {"yttri*", M | P},
             {"titan*", M | P},
             {"zircon*", M | P},
             {"hafni*", M | P},
             {"vanad*", M | P},
             {"niob*", M | P},
             {"tantal*", M | P},
             {"chrom*", M | P},
             {"molybd*", M | P},
             {"tungst*", M | P},
             {"wolfram*", M | P},
             {"mangan*", M | P},
             {"permangan*", M | P},
             {"techneti*", M | P},
             {"rheni*", M | P},
             {"iron*", M | P | C},
             {"ferr*", M | P | C},
             {"rutheni*", M | P},
             {"osmi*", M | P},
             {"cobalt*", M | P},
             {"rhodi*", M | P},
             {"iridi*", M | P},
             {"nickel*", M | P},
             {"pallad*", M | P},
             {"platin*", M | P},
             {"*platin", M | P},
             {"copper*", M | P | C},
             {"cupr*", M | P | C},
             {"silver*", M | P},
             {"argent*", M | P},
             {"gold*", M | P},
             {"aur*", M | P},
             {"zinc*", M | P},
             {"cadmi*", M | P},
             {"mercur*", M | P},
             {"*mercury", M | P},
             {"alumin*", M | P},
             {"gallium*", M | P},
             {"indium*", M | P},
             {"thalli*", M | P},
             {"tin", M | P},
             {"stann*", M | P},
             {"organotin*", M | P},
             {"*stannane", M | P},
             {"lead", M | P},
             {"plumb*", M | P},
             {"bismuth*", M | P},
             {"poloni*", M | P},
             {"lanthan*", M | P},
             {"ceri*", M | P},
             {"gadolin*", M | P},
             {"europi*", M | P},
             {"uran*", M | P},
             {"thori*", M | P},
             {"pluton*", M | P},
             {"actin*", M | P},
             {"samari*", M | P},
             {"neodym*", M | P},
             {"terbi*", M | P},
             {"lutet*", M | P},
             {"ytterb*", M | P},
             {"radium", M | P},
             {"radiopharm*", I | M | P}};

static bool fits(const char *pattern, const char *word, size_t n) {
    const size_t m = strlen(pattern);
    if (*pattern == '*') return n >= m - 1 && memcmp(word + n - (m - 1), pattern + 1, m - 1) == 0;
    if (pattern[m - 1] == '*') return n >= m - 1 && memcmp(word, pattern, m - 1) == 0;
    return n == m && memcmp(word, pattern, m) == 0;
}

/* 13c, 18f; d3, d6 */
static bool is_isotope(const char *word, size_t n) {
    size_t digits = 0;
    while (digits < n && isdigit((unsigned char)word[digits])) digits++;
    /* of folded text: "2h" in "2h-pyran" is a hydrogen's place, so no isotope of it but by name */
    static const char *const symbols[] = {"c", "n",  "o",  "f",  "p", "s",
                                          "i", "br", "cu", "ga", "tc"};
    bool symbol = false;
    for (size_t i = 0; digits > 1 && i < MG_COUNT(symbols); i++)
        symbol |= n - digits == strlen(symbols[i]) &&
                  memcmp(word + digits, symbols[i], n - digits) == 0;
    const bool deuterium = n >= 2 && n <= 3 && word[0] == 'd' && isdigit((unsigned char)word[1]) &&
                           isdigit((unsigned char)word[n - 1]);
    return symbol || deuterium;
}

unsigned mg_odd_asked(const char *folded) {
    unsigned odd = 0;
    for (const char *at = folded; *at;) {
        size_t n = 0;
        while (isalnum((unsigned char)at[n])) n++;
        for (size_t i = 0; n && i < MG_COUNT(words); i++)
            if (fits(words[i].word, at, n)) odd |= words[i].odd;
        if (is_isotope(at, n)) odd |= I;
        at += n ? n : 1;
    }
    return odd;
}

const char *mg_odd_name(unsigned odd) {
    return odd & R   ? "radical"
           : odd & I ? "isotope"
           : odd & M ? "metal"
           : odd & E ? "element"
           : odd & P ? "components"
           : odd & C ? "charge"
                     : NULL;
}

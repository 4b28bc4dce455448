/* test_asked.c - which oddities a sentence asks for, by whole words, beginnings and ends of words,
 * and numbers that are isotopes. */
#include "../must.h"
#include "chem/chem.h"
#include "generate/inside.h"

/* Letters of what is asked for: radical, isotope, metal, element, parts, charge. */
static void asks(const char *text, const char *expected) {
    static const char letters[] = "RIMEPC";
    char got[8] = "";
    const unsigned odd = mg_odd_asked(text);
    for (size_t i = 0, n = 0; letters[i]; i++)
        if (odd >> i & 1) got[n++] = letters[i];
    if (strcmp(got, expected)) fail_msg("%s: '%s', not '%s'", text, got, expected);
}

static void words_ask(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"an acid of no kind", ""},
        /* beginnings */
        {"radical", "RC"},
        {"radicals", "RC"},
        {"radica", ""},
        {"a radical", "RC"},
        {"aradical", ""},
        {"deuter", "I"},
        {"deuterated", "I"},
        {"deute", ""},
        {"trit", ""},
        {"tritium", "I"},
        {"radiolabelled", "IM"},
        {"radiopharmaceutical", "IMP"},
        {"isotopic label", "I"},
        /* ends */
        {"metal", "MPC"},
        {"bimetal", "MPC"},
        {"etal", ""},
        {"bimetallic", "MPC"},
        {"ammonium", "C"},
        {"onium", "C"},
        {"oniu", ""},
        {"ammoniums", ""},
        {"dihydrochloride", "PC"},
        {"chloride", "PC"},
        {"chlorides", ""},
        {"monohydrate", "P"},
        {"hydrates", "P"},
        {"cisplatin", "MP"},
        {"platin", "MP"},
        {"platinum", "MP"},
        /* whole words */
        {"spin", "R"},
        {"spins", ""},
        {"aspin", ""},
        {"tin", "MP"},
        {"tine", ""},
        {"lead", "MP"},
        {"leading", ""},
        {"salt.", "MPC"},
        {"(salts)", "MPC"},
        {"saltst", ""},
        {"pet", "I"},
        {"petrol", ""},
        {"neon", "E"},
        {"argon", "E"},
        {"anion", "EC"},
        {"dianion", "C"},
        {"an ion", "PC"},
        {"antimony", "ME"},
        {"element", "MEC"},
        {"a mineral of arsenic", "MEPC"},
        /* numbers */
        {"13c", "I"},
        {"11c-choline", "I"},
        {"18f", "I"},
        {"123i", "I"},
        {"99tc", "I"},
        {"99tcx", ""},
        {"79br", "I"},
        {"1c", ""},
        {"13", ""},
        {"13h", ""},
        {"2h-pyran", ""},
        {"c13", ""},
        {"d3", "I"},
        {"d10", "I"},
        {"d100", ""},
        {"d", ""},
        {"d3x", ""},
        {"dx", ""},
        {"dx3", ""},
        {"x3", ""},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) asks(cases[i][0], cases[i][1]);
    /* metals by the beginnings of their names */
    static const char metals[] =
        "lithium sodium potassium rubidium caesium cesium beryllium magnesium calcium strontium "
        "barium scandium yttrium titanium zirconium hafnium vanadium niobium tantalum chromium "
        "molybdenum tungsten manganese technetium rhenium ruthenium osmium cobalt rhodium iridium "
        "nickel palladium platinum silver gold zinc cadmium mercury aluminium aluminum gallium "
        "indium thallium tin lead bismuth polonium lanthanum cerium gadolinium europium uranium "
        "thorium plutonium actinium samarium neodymium terbium lutetium ytterbium radium";
    char copy[sizeof metals];
    memcpy(copy, metals, sizeof metals);
    for (char *save, *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        const size_t n = strlen(w); /* polonium ends as ammonium does */
        asks(w, n > 5 && !strcmp(w + n - 5, "onium") ? "MPC" : "MP");
    }
}

static void names_of_oddities(void **state) {
    (void)state;
    static const char *const names[] = {"radical", "isotope",    "metal",
                                        "element", "components", "charge"};
    for (unsigned i = 0; i < 6; i++) {
        assert_string_equal(mg_odd_name(1U << i), names[i]);
        assert_string_equal(mg_odd_name(MG_ODD_ALL & ~((1U << i) - 1)), names[i]);
    }
    assert_null(mg_odd_name(0));
    assert_int_equal(MG_ODD_ALL, 63);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_ask),
                                       cmocka_unit_test(names_of_oddities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

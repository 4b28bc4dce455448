/* elements.c - elements by their English names and symbols, as requests name them. */
#include "chem/request/inside.h"

#include <string.h>

static const struct {
    int number;
    const char *symbol, *name, *other;
} ELEMENTS[] = {{1, "H", "hydrogen", ""},
                {3, "Li", "lithium", ""},
                {4, "Be", "beryllium", ""},
                {5, "B", "boron", ""},
                {6, "C", "carbon", ""},
                {7, "N", "nitrogen", ""},
                {8, "O", "oxygen", ""},
                {9, "F", "fluorine", ""},
                {11, "Na", "sodium", ""},
                {12, "Mg", "magnesium", ""},
                {13, "Al", "aluminium", "aluminum"},
                {14, "Si", "silicon", ""},
                {15, "P", "phosphorus", "phosphorous"},
                {16, "S", "sulfur", "sulphur"},
                {17, "Cl", "chlorine", ""},
                {19, "K", "potassium", ""},
                {20, "Ca", "calcium", ""},
                {22, "Ti", "titanium", ""},
                {23, "V", "vanadium", ""},
                {24, "Cr", "chromium", ""},
                {25, "Mn", "manganese", ""},
                {26, "Fe", "iron", ""},
                {27, "Co", "cobalt", ""},
                {28, "Ni", "nickel", ""},
                {29, "Cu", "copper", ""},
                {30, "Zn", "zinc", ""},
                {31, "Ga", "gallium", ""},
                {32, "Ge", "germanium", ""},
                {33, "As", "arsenic", ""},
                {34, "Se", "selenium", ""},
                {35, "Br", "bromine", ""},
                {37, "Rb", "rubidium", ""},
                {38, "Sr", "strontium", ""},
                {40, "Zr", "zirconium", ""},
                {42, "Mo", "molybdenum", ""},
                {44, "Ru", "ruthenium", ""},
                {45, "Rh", "rhodium", ""},
                {46, "Pd", "palladium", ""},
                {47, "Ag", "silver", ""},
                {48, "Cd", "cadmium", ""},
                {50, "Sn", "tin", ""},
                {51, "Sb", "antimony", ""},
                {52, "Te", "tellurium", ""},
                {53, "I", "iodine", ""},
                {55, "Cs", "caesium", "cesium"},
                {56, "Ba", "barium", ""},
                {64, "Gd", "gadolinium", ""},
                {74, "W", "tungsten", ""},
                {76, "Os", "osmium", ""},
                {77, "Ir", "iridium", ""},
                {78, "Pt", "platinum", ""},
                {79, "Au", "gold", ""},
                {80, "Hg", "mercury", ""},
                {83, "Bi", "bismuth", ""}};

static bool is(const char *word, const char *name) {
    size_t n = strlen(name);
    return n && !strncmp(word, name, n) && (!word[n] || !strcmp(word + n, "s"));
}

int request_element_of(const char *word) {
    for (size_t i = 0; i < MG_COUNT(ELEMENTS); i++)
        if (is(word, ELEMENTS[i].name) || is(word, ELEMENTS[i].other)) return ELEMENTS[i].number;
    return 0;
}

int request_symbol_of(const char *raw) {
    for (size_t i = 0; i < MG_COUNT(ELEMENTS); i++)
        if (!strcmp(raw, ELEMENTS[i].symbol)) return ELEMENTS[i].number;
    return 0;
}

const char *request_element_name(int number) {
    for (size_t i = 0; i < MG_COUNT(ELEMENTS); i++)
        if (ELEMENTS[i].number == number) return ELEMENTS[i].name;
    return "";
}

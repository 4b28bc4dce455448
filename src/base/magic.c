/* magic.c - what a file is that is no table of ours, by its first bytes: containers, office
 * documents, data sets of other programs, pictures. Each has a name for the user and what to do.
 */
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct magic {
    size_t at, n;
    const char *bytes, *name, *hint;
} magic;

#define PANDAS   "write it as CSV or TSV first (pandas: read_..., then to_csv)"
#define PICTURE  "molecules are read as SMILES, InChI or SDF"
#define UNPACKED "unpack it first: "
#define M(at, bytes, name, hint) \
    { at, sizeof(bytes) - 1, bytes, name, hint }

static const magic known[] = {
    M(0, "BZh", "a bzip2 file", UNPACKED "`bzcat FILE | molglot ... -`"),
    M(0,
      "\xFD"
      "7zXZ\0",
      "an xz file", UNPACKED "`xzcat FILE | molglot ... -`"),
    M(0, "\x5D\0\0\x80\0", "an lzma file", UNPACKED "`xzcat FILE | molglot ... -`"),
    M(0, "LZIP", "an lzip file", UNPACKED "`lzip -dc FILE | molglot ... -`"),
    M(0, "\x89LZO", "an lzop file", UNPACKED "`lzop -dc FILE | molglot ... -`"),
    M(0, "\x04\x22\x4D\x18", "an lz4 file", UNPACKED "`lz4 -dc FILE | molglot ... -`"),
    M(0, "\x02\x21\x4C\x18", "an lz4 file", UNPACKED "`lz4 -dc FILE | molglot ... -`"),
    M(0, "\x1F\x9D", "a file of compress (.Z)", UNPACKED "`zcat FILE | molglot ... -`"),
    M(0, "\x1F\xA0", "a file of compress (.Z)", UNPACKED "`zcat FILE | molglot ... -`"),
    M(0, "\xFF\x06\0\0sNaPpY", "a snappy file", UNPACKED "`snzip -dc FILE | molglot ... -`"),
    M(0, "7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACKED "`7z x -so FILE | molglot ... -`"),
    M(0, "Rar!\x1A\x07", "a rar archive", UNPACKED "`unrar p -inul FILE | molglot ... -`"),
    M(0, "!<arch>\n", "an ar archive or Debian package", "unpack it first"),
    M(0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel workbook or Word document",
      "save as CSV UTF-8"),
    M(0, "PAR1", "a Parquet file", PANDAS),
    M(0, "ARROW1", "a Feather or Arrow file", PANDAS),
    M(0, "FEA1", "a Feather file", PANDAS),
    M(0, "ORC\x0A", "an ORC file", PANDAS),
    M(0, "Obj\x01", "an Avro file", PANDAS),
    M(0, "\x89HDF\r\n\x1A\n", "an HDF5 file", PANDAS),
    M(0, "CDF\x01", "a NetCDF file", PANDAS),
    M(0, "SQLite format 3", "an SQLite database",
      "`sqlite3 -header -csv FILE 'select ...' | molglot ... -`"),
    M(0, "RDX2\n", "an R data file", "in R: write.csv(..., row.names = FALSE)"),
    M(0, "RDX3\n", "an R data file", "in R: write.csv(..., row.names = FALSE)"),
    M(0, "X\n\0\0\0", "an R data file", "in R: write.csv(..., row.names = FALSE)"),
    M(0, "MATLAB 5.0 MAT-file", "a MATLAB file", "write it as CSV first"),
    M(0, "<stata_dta>", "a Stata file", PANDAS),
    M(0, "$FL2", "an SPSS file", PANDAS),
    M(0, "\xEF\xBE\xAD\xDE", "an RDKit molecule pickle", "write SMILES: Chem.MolToSmiles"),
    M(0, "\x80\x02", "a Python pickle", "write CSV or SMILES from Python"),
    M(0, "\x80\x03", "a Python pickle", "write CSV or SMILES from Python"),
    M(0, "\x80\x04", "a Python pickle", "write CSV or SMILES from Python"),
    M(0, "\x80\x05", "a Python pickle", "write CSV or SMILES from Python"),
    M(0, "GGUF", "a GGUF model", "a table of molecules or texts is wanted"),
    M(0, "MGINDEX", "a Molglot index", "`molglot search` and `molglot concat` read it"),
    M(0, "MGDATA", "a cache of training data", "a table of molecules or texts is wanted"),
    M(0, "VjCD0100", "a ChemDraw file (CDX)", "save as SDF or copy as SMILES"),
    M(0, "%PDF-", "a PDF document", PICTURE),
    M(0, "%!PS", "a PostScript document", PICTURE),
    M(0, "{\\rtf", "an RTF document", "save as plain text"),
    M(0, "\x89PNG\r\n", "a PNG picture", PICTURE),
    M(0, "\xFF\xD8\xFF", "a JPEG picture", PICTURE),
    M(0, "GIF8", "a GIF picture", PICTURE),
    M(0, "II*\0", "a TIFF picture", PICTURE),
    M(0, "MM\0*", "a TIFF picture", PICTURE),
    M(8, "WEBPVP8", "a WebP picture", PICTURE),
    M(6, "\0\0\0\0\x36\0\0\0", "a BMP picture", PICTURE),
    M(0,
      "\x7F"
      "ELF",
      "a program", "a table of molecules or texts is wanted"),
    M(0, "version https://git-lfs.github.com/spec/", "a Git LFS pointer",
      "the file itself was not downloaded: `git lfs pull`"),
};

static bool holds(const char *p, size_t n, const char *word) {
    return memmem(p, n, word, strlen(word)) != NULL;
}

/* What a zip file is by the names of its members. */
static mg_foreign zip_kind(const char *p, size_t n) {
    if (holds(p, n, "xl/") ||
        (holds(p, n, "[Content_Types].xml") && !holds(p, n, "word/") && !holds(p, n, "ppt/")))
        return (mg_foreign){"an Excel workbook", "save as CSV UTF-8"};
    if (holds(p, n, "word/")) return (mg_foreign){"a Word document", "save as plain text (UTF-8)"};
    if (holds(p, n, "ppt/")) return (mg_foreign){"a PowerPoint file", PICTURE};
    if (holds(p, n, "opendocument.spreadsheet"))
        return (mg_foreign){"an OpenDocument spreadsheet", "save as CSV, character set UTF-8"};
    if (holds(p, n, "opendocument"))
        return (mg_foreign){"an OpenDocument file", "save as plain text (UTF-8)"};
    if (holds(p, n, "data.pkl"))
        return (mg_foreign){"a PyTorch file", "a table of molecules or texts is wanted"};
    if (holds(p, n, ".npy")) return (mg_foreign){"a NumPy archive (npz)", PANDAS};
    return (mg_foreign){"a zip archive", UNPACKED "`unzip -p FILE | molglot ... -`"};
}

/* The sum that a tar header carries of itself. */
static bool is_tar(const uint8_t *p, size_t n) {
    if (n < 512 || !p[0]) return false;
    uint32_t sum = 0, told = 0;
    size_t i = 148;
    for (size_t k = 0; k < 512; k++) sum += k >= 148 && k < 156 ? ' ' : p[k];
    while (i < 156 && p[i] == ' ') i++;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++) told = told * 8 + (uint32_t)(p[i] - '0');
    return told && sum == told;
}

static bool is_safetensors(const uint8_t *p, size_t n) {
    return n > 10 && !p[4] && !p[5] && !p[6] && !p[7] && p[8] == '{' && p[9] == '"';
}

bool mg_foreign_bytes(const void *bytes, size_t n, mg_foreign *out) {
    const uint8_t *p = bytes;
    if (n >= 4 && p[0] == 'P' && p[1] == 'K' && p[2] < 9 && p[2] + 1 == p[3]) {
        *out = zip_kind(bytes, n);
        return true;
    }
    for (size_t i = 0; i < MG_COUNT(known); i++) {
        const magic *m = &known[i];
        if (n < m->at + m->n || memcmp(p + m->at, m->bytes, m->n)) continue;
        /* "BZh" could begin a text: the block's mark must follow */
        if (m->bytes[0] == 'B' && (n < 10 || (p[4] != 0x31 && p[4] != 0x17))) continue;
        *out = (mg_foreign){m->name, m->hint};
        return true;
    }
    if (is_tar(p, n))
        *out = (mg_foreign){"a tar archive", UNPACKED "`tar -xOf FILE MEMBER | molglot ... -`"};
    else if (is_safetensors(p, n))
        *out = (mg_foreign){"a safetensors file", "a table of molecules or texts is wanted"};
    else
        return false;
    return true;
}

static bool begins(const char *s, size_t n, const char *word) {
    size_t m = strlen(word);
    return n >= m && !strncasecmp(s, word, m);
}

/* Lines of capital letters under a line that begins with '>'. */
static bool is_fasta(const char *s, size_t n) {
    const char *eol = n && *s == '>' ? memchr(s, '\n', n) : NULL;
    if (!eol || (n > 2 && (s[1] == '<' || (s[1] == ' ' && memchr(s, '<', (size_t)(eol - s))))))
        return false;
    const char *next = eol + 1;
    size_t k = 0, left = n - (size_t)(next - s);
    while (k < left && next[k] >= 'A' && next[k] <= 'Z') k++;
    return k >= 8 && (k == left || next[k] == '\n' || next[k] == '\r');
}

/* A number of atoms, a title, then "C 0.0 0.0 0.0" a line. */
static bool is_xyz(const char *s, size_t n) {
    char head[256], symbol[4];
    double x[3];
    int atoms, used = 0;
    const size_t kept = n < sizeof head - 1 ? n : sizeof head - 1;
    memcpy(head, s, kept);
    head[kept] = 0;
    if (sscanf(head, "%d%n", &atoms, &used) != 1 || atoms < 1) return false;
    const char *title = head + used + strspn(head + used, " \t\r");
    const char *line = *title == '\n' ? strchr(title + 1, '\n') : NULL;
    return line && sscanf(line + 1, "%3[A-Za-z0-9] %lf %lf %lf", symbol, &x[0], &x[1], &x[2]) == 4;
}

bool mg_foreign_text(const char *s, size_t n, mg_foreign *out) {
    static const char *const words[][3] = {
        {"<!doctype html", "an HTML page", "was the download a page instead of the file?"},
        {"<html", "an HTML page", "was the download a page instead of the file?"},
        {"<head", "an HTML page", "was the download a page instead of the file?"},
        {"<svg", "an SVG picture", PICTURE},
        {"<cdxml", "a ChemDraw file (CDXML)", "save as SDF or copy as SMILES"},
        {"<cml", "a CML file", "convert it: `obabel FILE -O out.sdf`"},
        {"<?xml", "an XML file", "convert it to CSV, SMILES or SDF"},
        {"$RDFILE", "an RDF file of reactions", "molecules are wanted: SDF, SMILES or a table"},
        {"@<TRIPOS>", "a MOL2 file", "convert it: `obabel FILE -O out.sdf`"},
        {"HEADER    ", "a PDB file", "convert it: `obabel FILE -O out.sdf`"},
        {"HETATM", "a PDB file", "convert it: `obabel FILE -O out.sdf`"},
        {"ATOM  ", "a PDB file", "convert it: `obabel FILE -O out.sdf`"},
        {"COMPND    ", "a PDB file", "convert it: `obabel FILE -O out.sdf`"},
        {"\x93NUMPY", "a NumPy array", "a table of molecules or texts is wanted"},
    };
    while (n && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')) {
        s++;
        n--;
    }
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        if (!begins(s, n, words[i][0])) continue;
        *out = (mg_foreign){words[i][1], words[i][2]};
        return true;
    }
    if (is_fasta(s, n))
        *out = (mg_foreign){"a FASTA file of sequences", "molecules are wanted: SMILES or SDF"};
    else if (begins(s, n, "data_") && (holds(s, n, "\n_cell_") || holds(s, n, "\n_entry.") ||
                                       holds(s, n, "\nloop_") || holds(s, n, "\n_chem_comp")))
        *out = (mg_foreign){"a CIF file", "convert it: `obabel FILE -O out.sdf`"};
    else if (is_xyz(s, n))
        *out = (mg_foreign){"an XYZ file", "convert it: `obabel FILE -O out.sdf`"};
    else
        return false;
    return true;
}

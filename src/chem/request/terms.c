/* terms.c - what words mean. A row of the table: phrases, and the conditions that they stand for in
 * the language of mg_request_say. Behind it the dictionary of chem/facts and the elements.
 */
#include "chem/request/inside.h"

#include <ctype.h>
#include <string.h>

typedef struct row {
    request_form form;
    const char *phrases, *means;
    const char *none; /* NOUN: what "no" denies, where it is something else */
} row;

static const row ROWS[] = {
    /* rings */
    {FORM_NOUN, "ring|cycle|ring of any kind", "rings", NULL},
    {FORM_NOUN, "aromatic ring|aryl ring|aromatic cycle|aromatic ring system", "aromatic rings",
     NULL},
    {FORM_NOUN, "aromatic|arene ring|aromaticity|aromatic compound|aromatic group",
     "aromatic rings", NULL},
    {FORM_NOUN,
     "heteroaromatic ring|heteroaromatic|heteroarene|heteroaryl ring|heteroaryl|"
     "heteroaryl group|aromatic heterocycle|heteroaromatic compound|heteroaromatic system",
     "heteroaromatic rings", NULL},
    {FORM_NOUN, "heterocycle|heterocyclic ring|hetero ring|heterocyclic|heterocyclic compound",
     "hetero rings", NULL},
    {FORM_NOUN,
     "nitrogen heterocycle|n heterocycle|nitrogen ring|ring with nitrogen|ring nitrogen|ring "
     "nitrogen atom|"
     "nitrogen in the ring|nitrogen in a ring|nitrogen containing ring|cyclic nitrogen|"
     "nitrogen containing heterocycle|nitrogenous heterocycle",
     "nitrogen in a ring", NULL},
    {FORM_NOUN,
     "oxygen heterocycle|o heterocycle|oxygen ring|ring oxygen|ring oxygen atom|oxygen in the ring|"
     "oxygen in a ring|oxygen containing ring|oxygen containing heterocycle",
     "oxygen in a ring", NULL},
    {FORM_NOUN,
     "sulfur heterocycle|s heterocycle|ring sulfur|ring sulfur atom|sulfur in the ring|"
     "sulfur in a ring|sulfur containing ring|sulfur containing heterocycle",
     "sulfur in a ring", NULL},
    {FORM_FIXED, "acyclic|open chain|non cyclic|noncyclic|ringless", "rings = 0", NULL},
    {FORM_FIXED, "cyclic", "rings >= 1", NULL},
    {FORM_FIXED, "monocyclic|monocycle", "rings = 1", NULL},
    {FORM_FIXED, "bicyclic|bicycle|bicyclic compound", "rings = 2", NULL},
    {FORM_FIXED, "tricyclic|tricycle|tricyclic compound", "rings = 3", NULL},
    {FORM_FIXED, "tetracyclic|tetracycle", "rings = 4", NULL},
    {FORM_FIXED, "pentacyclic|pentacycle", "rings = 5", NULL},
    {FORM_FIXED, "polycyclic|polycycle", "rings >= 3", NULL},
    {FORM_NOUN, "macrocycle|macrocyclic ring|macrocyclic|large ring", "macrocycles", NULL},
    {FORM_NOUN,
     "three membered ring|3 membered ring|three membered|3 membered|ring of size 3|"
     "ring size 3|three membered cycle",
     "three-membered rings", NULL},
    {FORM_NOUN,
     "four membered ring|4 membered ring|four membered|4 membered|ring of size 4|"
     "ring size 4|four membered cycle",
     "four-membered rings", NULL},
    {FORM_NOUN,
     "five membered ring|5 membered ring|five membered|5 membered|ring of size 5|"
     "ring size 5|five membered cycle",
     "five-membered rings", NULL},
    {FORM_NOUN,
     "six membered ring|6 membered ring|six membered|6 membered|ring of size 6|"
     "ring size 6|six membered cycle",
     "six-membered rings", NULL},
    {FORM_NOUN,
     "seven membered ring|7 membered ring|seven membered|7 membered|ring of size 7|"
     "ring size 7|seven membered cycle",
     "seven-membered rings", NULL},
    {FORM_NOUN,
     "eight membered ring|8 membered ring|eight membered|8 membered|ring of size 8|"
     "ring size 8|eight membered cycle",
     "eight-membered rings", NULL},
    {FORM_NOUN,
     "nine membered ring|9 membered ring|nine membered|9 membered|ring of size 9|"
     "ring size 9|nine membered cycle",
     "nine-membered rings", NULL},
    {FORM_NOUN,
     "ten membered ring|10 membered ring|ten membered|10 membered|ring of size 10|"
     "ring size 10|ten membered cycle",
     "ten-membered rings", NULL},
    {FORM_NOUN,
     "eleven membered ring|11 membered ring|eleven membered|11 membered|ring of size 11|"
     "ring size 11|eleven membered cycle",
     "eleven-membered rings", NULL},
    {FORM_NOUN,
     "twelve membered ring|12 membered ring|twelve membered|12 membered|ring of size 12|"
     "ring size 12|twelve membered cycle",
     "twelve-membered rings", NULL},
    {FORM_FIXED, "fused|fused ring|fused ring system|ring fusion|annulated", "fused rings", NULL},
    {FORM_FIXED,
     "spiro|spirocyclic|spirocycle|spiro centre|spiro center|spiro atom|spiro ring|"
     "spiro compound|spiro fused",
     "spiro atoms >= 1", NULL},
    {FORM_FIXED, "bridged|bridged ring|bridged ring system|bridgehead", "bridgeheads >= 1", NULL},
    {FORM_NOUN, "ring system", "ring systems", NULL},
    {FORM_NOUN, "heteroatom|hetero atom", "heteroatoms", NULL},
    {FORM_NOUN,
     "quaternary carbon|quaternary carbon centre|quaternary carbon center|"
     "quaternary centre|quaternary center|all carbon quaternary centre",
     "quaternary carbons", NULL},
    {FORM_NOUN, "tertiary carbon", "tertiary carbons", NULL},
    {FORM_NOUN, "ring carbon", "carbon in a ring", NULL},
    {FORM_FIXED,
     "polycyclic aromatic hydrocarbon|pah|polyaromatic hydrocarbon|"
     "polynuclear aromatic hydrocarbon|fused aromatic hydrocarbon",
     "aromatic rings >= 2; fused rings >= 2; only C H; C >= 1", NULL},
    {FORM_FIXED, "polyaromatic|polycyclic aromatic", "aromatic rings >= 2", NULL},
    {FORM_NOUN, "triazole|triazole ring", "triazole ring", NULL},
    {FORM_NOUN, "oxadiazole|oxadiazole ring", "oxadiazole ring", NULL},
    {FORM_NOUN, "thiadiazole|thiadiazole ring", "thiadiazole ring", NULL},
    {FORM_NOUN, "triazine|triazine ring", "triazine ring", NULL},
    {FORM_NOUN, "azole", "azole ring", NULL},
    {FORM_NOUN, "diazine", "diazine ring", NULL},
    {FORM_NOUN, "oxo|oxo group|oxo substituent", "carbonyl group", "ketone"},
    {FORM_NOUN, "disulfide bridged", "disulfide", NULL},
    {FORM_NOUN, "primary hydroxyl|primary hydroxyl group|primary hydroxy group|primary oh",
     "primary alcohol", NULL},
    {FORM_NOUN, "secondary hydroxyl|secondary hydroxyl group|secondary hydroxy group|secondary oh",
     "secondary alcohol", NULL},
    {FORM_NOUN, "tertiary hydroxyl|tertiary hydroxyl group|tertiary hydroxy group|tertiary oh",
     "tertiary alcohol", NULL},
    {FORM_NOUN, "secondary aliphatic amine|aliphatic secondary amine", "dialkylamine", NULL},
    {FORM_NOUN, "tertiary aliphatic amine|aliphatic tertiary amine", "trialkylamine", NULL},
    {FORM_NOUN,
     "ethylene glycol ether|ethylene glycol diether|ethylene glycol monoether|ethylene glycol "
     "alkyl "
     "ether|propylene glycol ether",
     "glycol ether", NULL},
    {FORM_NOUN, "ortho ester", "orthoester", NULL},
    {FORM_FIXED, "enol lactone", "enol ester; lactone", NULL},
    {FORM_NOUN, "aliphatic ring|non aromatic ring|nonaromatic ring|alicyclic ring|aliphatic cycle",
     "aliphatic rings", NULL},
    {FORM_NOUN, "saturated ring|fully saturated ring|saturated cycle", "saturated rings", NULL},
    {FORM_NOUN,
     "lipinski violation|violation of lipinski|violation of the lipinski rule|rule of five "
     "violation|rule of 5 violation|ro5 violation|violation of the rule of five|violation of "
     "lipinski's rule",
     "Lipinski violations", NULL},
    {FORM_NOUN,
     "six membered aromatic ring with two nitrogens|6 membered aromatic ring with two nitrogens|"
     "six membered aromatic ring with 2 nitrogens|six membered aromatic ring containing two "
     "nitrogens|six membered heteroaromatic ring with two nitrogens",
     "diazine ring", NULL},
    {FORM_NOUN,
     "six membered aromatic ring with three nitrogens|6 membered aromatic ring with three "
     "nitrogens|six membered aromatic ring containing three nitrogens",
     "triazine ring", NULL},
    {FORM_NOUN, "yohimbane", "yohimban", NULL},
    {FORM_NOUN, "peroxo|peroxo group", "peroxide", NULL},
    {FORM_NOUN, "biaryl|biaryl bond|biaryl system", "biaryl bond", NULL},
    {FORM_NOUN, "internal alkyne", "internal alkyne", NULL},
    {FORM_NOUN, "internal alkene|internal olefin", "internal alkene", NULL},
    {FORM_NOUN, "acid|acid group|acidic group|acid function", "acid group", NULL},
    {FORM_NOUN, "beta keto ester|3 oxo ester|beta ketoester|acetoacetate ester", "beta-keto ester",
     NULL},
    {FORM_NOUN, "trialkylamine|trialkyl amine", "trialkylamine", NULL},
    {FORM_NOUN, "dialkylamine|dialkyl amine", "dialkylamine", NULL},
    {FORM_NOUN, "triarylamine|triaryl amine", "triarylamine", NULL},
    {FORM_NOUN, "sulfur mustard|sulphur mustard", "sulfur mustard", NULL},
    {FORM_NOUN, "malonate|malonic ester|malonate ester", "malonate", NULL},
    {FORM_NOUN, "vinyl sulfone|vinyl sulphone", "vinyl sulfone", NULL},
    {FORM_NOUN, "alpha halo ketone|alpha haloketone|alpha halogenated ketone", "alpha-halo ketone",
     NULL},
    {FORM_NOUN, "alpha fluoro ketone|alpha fluoroketone", "alpha-fluoro ketone", NULL},
    {FORM_NOUN, "alpha chloro ketone|alpha chloroketone", "alpha-chloro ketone", NULL},
    {FORM_NOUN, "alpha bromo ketone|alpha bromoketone", "alpha-bromo ketone", NULL},
    {FORM_NOUN, "alpha halo ester|alpha haloester", "alpha-halo ester", NULL},
    {FORM_NOUN, "alpha bromo ester|alpha bromoester", "alpha-bromo ester", NULL},
    {FORM_NOUN, "alpha chloro ester|alpha chloroester", "alpha-chloro ester", NULL},
    {FORM_NOUN, "alpha hydroxy ketone|alpha hydroxyketone|acyloin|2 hydroxy ketone",
     "alpha-hydroxy ketone", NULL},
    {FORM_NOUN, "alpha hydroxy ester|alpha hydroxyester", "alpha-hydroxy ester", NULL},
    {FORM_NOUN, "beta hydroxy ketone|beta hydroxyketone", "beta-hydroxy ketone", NULL},
    {FORM_NOUN, "beta hydroxy ester|beta hydroxyester", "beta-hydroxy ester", NULL},
    {FORM_NOUN, "alpha amino ketone|alpha aminoketone", "alpha-amino ketone", NULL},
    {FORM_NOUN, "alpha amino ester|alpha aminoester", "alpha-amino ester", NULL},
    {FORM_NOUN, "alpha keto ester|alpha ketoester|2 oxo ester", "alpha-keto ester", NULL},
    {FORM_NOUN, "alpha keto amide|alpha ketoamide|2 oxo amide", "alpha-keto amide", NULL},
    {FORM_NOUN, "trityl|trityl group|trityl protected|triphenylmethyl|triphenylmethyl group",
     "trityl group", NULL},
    {FORM_NOUN, "primary alkyl chloride|primary chloride", "primary alkyl chloride", NULL},
    {FORM_NOUN, "primary alkyl bromide|primary bromide", "primary alkyl bromide", NULL},
    {FORM_NOUN, "primary alkyl iodide|primary iodide", "primary alkyl iodide", NULL},
    {FORM_NOUN, "primary alkyl halide|primary halide", "primary alkyl halide", NULL},
    {FORM_NOUN, "secondary alkyl chloride|secondary chloride", "secondary alkyl chloride", NULL},
    {FORM_NOUN, "secondary alkyl bromide|secondary bromide", "secondary alkyl bromide", NULL},
    {FORM_NOUN, "secondary alkyl iodide|secondary iodide", "secondary alkyl iodide", NULL},
    {FORM_NOUN, "secondary alkyl halide|secondary halide", "secondary alkyl halide", NULL},
    {FORM_NOUN, "tertiary alkyl chloride|tertiary chloride", "tertiary alkyl chloride", NULL},
    {FORM_NOUN, "tertiary alkyl bromide|tertiary bromide", "tertiary alkyl bromide", NULL},
    {FORM_NOUN, "tertiary alkyl iodide|tertiary iodide", "tertiary alkyl iodide", NULL},
    {FORM_NOUN, "tertiary alkyl halide|tertiary halide", "tertiary alkyl halide", NULL},
    {FORM_NOUN, "secondary benzylic alcohol", "secondary benzylic alcohol", NULL},
    {FORM_NOUN, "primary benzylic alcohol", "primary benzylic alcohol", NULL},
    {FORM_NOUN, "secondary allylic alcohol", "secondary allylic alcohol", NULL},
    {FORM_NOUN, "fmoc|fmoc group|fmoc protected", "Fmoc group", NULL},
    {FORM_NOUN, "nhs ester|n hydroxysuccinimide ester|succinimidyl ester", "NHS ester", NULL},
    {FORM_NOUN, "peg|peg chain|peg linker|polyethylene glycol|oligoethylene glycol", "PEG chain",
     NULL},
    {FORM_NOUN, "biotin group|biotin tag|biotin handle|biotinylated", "biotin group", NULL},
    {FORM_NOUN, "imidazolium", "imidazolium", NULL},
    {FORM_FIXED, "crown ether", "macrocycles; cyclic ether >= 4", NULL},
    {FORM_FIXED, "hydroxy acid", "hydroxy group; acid group", NULL},
    {FORM_FIXED, "keto acid|oxo acid", "ketone; acid group", NULL},
    /* compounds of an element */
    {FORM_FIXED, "organosulfur|organosulphur|organosulfur compound", "carbon-sulfur bond", NULL},
    {FORM_FIXED, "organophosphorus|organophosphorus compound", "carbon; phosphorus", NULL},
    {FORM_FIXED, "organosilicon|organosilicon compound", "carbon-silicon bond", NULL},
    {FORM_FIXED, "organoboron|organoboron compound", "carbon-boron bond", NULL},
    {FORM_FIXED, "fluorocarbon|hydrofluorocarbon", "only C H F; C >= 1; fluorine", NULL},
    {FORM_FIXED, "perfluorocarbon", "only C F; C >= 1; fluorine", NULL},
    {FORM_FIXED, "chlorofluorocarbon|cfc", "only C F Cl; C >= 1; fluorine; chlorine", NULL},
    /* classes of natural products and drugs that a skeleton defines */
    {FORM_NOUN, "flavonoid", "flavonoid skeleton", NULL},
    {FORM_NOUN, "isoflavonoid", "isoflavonoid skeleton", NULL},
    {FORM_FIXED, "anthocyanin", "flavylium; glycoside", NULL},
    {FORM_FIXED, "anthocyanidin", "flavylium", NULL},
    {FORM_FIXED, "sterol", "steroid; alcohol", NULL},
    {FORM_FIXED, "bile acid", "steroid; acid group", NULL},
    {FORM_FIXED, "aminoglycoside", "amino sugar; glycoside", NULL},
    {FORM_FIXED, "penicillin type|penam antibiotic", "penam", NULL},
    {FORM_FIXED, "cephalosporin", "cephem", NULL},
    {FORM_NOUN, "monoglyceride|monoacylglycerol", "monoglyceride", NULL},
    {FORM_NOUN, "diglyceride|diacylglycerol", "diglyceride", NULL},
    /* what was done to a molecule */
    {FORM_NOUN, "hydroxylated", "hydroxy group", NULL},
    {FORM_NOUN, "nitrated", "nitro group", NULL},
    {FORM_NOUN, "methylated", "methyl group", NULL},
    {FORM_NOUN, "methoxylated", "methoxy group", NULL},
    {FORM_NOUN, "acetylated|acetyl|acetyl group", "acetyl group", NULL},
    {FORM_NOUN, "sulfonated", "sulfonic acid", NULL},
    {FORM_NOUN, "carboxylated", "carboxylic acid", NULL},
    {FORM_NOUN, "phosphorylated", "phosphate ester", NULL},
    {FORM_NOUN, "glycosylated", "glycoside", NULL},
    {FORM_FIXED, "aromatic acid", "aromatic carboxylic acid", NULL},
    {FORM_FIXED, "ester of an amino acid|ester of an alpha amino acid", "amino acid ester", NULL},
    {FORM_FIXED, "methyl ester of an amino acid|methyl ester of an alpha amino acid",
     "methyl ester; amino acid ester", NULL},
    {FORM_FIXED, "ethyl ester of an amino acid|ethyl ester of an alpha amino acid",
     "ethyl ester; amino acid ester", NULL},
    {FORM_FIXED, "aliphatic|non aromatic|nonaromatic", "aromatic rings = 0", NULL},
    {FORM_FIXED, "alicyclic|carbocyclic|carbocycle", "rings >= 1; hetero rings = 0", NULL},
    /* bonds and chains */
    {FORM_NOUN, "double bond", "C=C bonds", "double bonds"},
    {FORM_NOUN, "c=c|c=c double bond|carbon carbon double bond|olefinic bond", "C=C bonds", NULL},
    {FORM_FIXED, "only single bonds|single bonds only|all single bonds", "multiple bonds = 0",
     NULL},
    {FORM_NOUN, "multiple bond|unsaturated bond", "multiple bonds", NULL},
    {FORM_NOUN, "unsaturation|unsaturated carbon", "carbon-carbon double or triple bond",
     "carbon-carbon multiple bonds"},
    {FORM_NOUN, "triple bond|c#c|carbon carbon triple bond", "C#C bonds", NULL},
    {FORM_FIXED, "saturated|fully saturated|completely saturated",
     "carbon-carbon multiple bonds = 0", NULL},
    {FORM_FIXED, "unsaturated", "carbon-carbon double or triple bond", NULL},
    {FORM_FIXED, "monounsaturated|mono unsaturated|singly unsaturated", "C=C bonds = 1", NULL},
    {FORM_FIXED, "diunsaturated", "C=C bonds = 2", NULL},
    {FORM_FIXED, "polyunsaturated|poly unsaturated", "C=C bonds >= 2", NULL},
    {FORM_FIXED, "diene", "C=C bonds = 2", NULL},
    {FORM_FIXED, "triene", "C=C bonds = 3", NULL},
    {FORM_FIXED, "tetraene", "C=C bonds = 4", NULL},
    {FORM_FIXED, "polyene", "C=C bonds >= 3", NULL},
    {FORM_FIXED, "diyne", "C#C bonds = 2", NULL},
    {FORM_FIXED, "enyne", "C=C bonds >= 1; C#C bonds >= 1", NULL},
    {FORM_FIXED, "long chain|long chained|long alkyl chain|long carbon chain", "carbon chain >= 13",
     NULL},
    {FORM_FIXED, "hexyl|hexyl group|hexyl chain", "carbon chain >= 6", NULL},
    {FORM_FIXED, "heptyl|heptyl group|heptyl chain", "carbon chain >= 7", NULL},
    {FORM_FIXED, "octyl|octyl group|octyl chain", "carbon chain >= 8", NULL},
    {FORM_FIXED, "nonyl|nonyl group|nonyl chain", "carbon chain >= 9", NULL},
    {FORM_FIXED, "decyl|decyl group|decyl chain", "carbon chain >= 10", NULL},
    {FORM_FIXED, "undecyl|undecyl group|undecyl chain", "carbon chain >= 11", NULL},
    {FORM_FIXED, "dodecyl|dodecyl group|dodecyl chain|lauryl|lauryl group|lauryl chain",
     "carbon chain >= 12", NULL},
    {FORM_FIXED, "tridecyl|tridecyl group|tridecyl chain", "carbon chain >= 13", NULL},
    {FORM_FIXED,
     "tetradecyl|tetradecyl group|tetradecyl chain|myristyl|myristyl group|myristyl chain",
     "carbon chain >= 14", NULL},
    {FORM_FIXED,
     "hexadecyl|hexadecyl group|hexadecyl chain|cetyl|cetyl group|cetyl chain|palmityl|palmityl "
     "group|palmityl chain",
     "carbon chain >= 16", NULL},
    {FORM_FIXED, "octadecyl|octadecyl group|octadecyl chain|stearyl|stearyl group|stearyl chain",
     "carbon chain >= 18", NULL},
    {FORM_FIXED, "icosyl|icosyl group|icosyl chain|eicosyl|eicosyl group|eicosyl chain",
     "carbon chain >= 20", NULL},
    {FORM_FIXED, "very long chain", "carbon chain >= 22", NULL},
    {FORM_FIXED, "medium chain", "carbon chain >= 6; carbon chain <= 12", NULL},
    {FORM_FIXED, "short chain", "carbon chain <= 5; rings = 0", NULL},
    {FORM_FIXED, "straight chain|unbranched|linear|straight chained",
     "no branched carbons; rings = 0", NULL},
    {FORM_FIXED, "branched|branched chain|branched chained", "branched carbons", NULL},
    {FORM_NOUN, "branching|branch point|branching point|chain branching", "branched carbons", NULL},
    {FORM_NOUN, "o methyl oxime|methoxime|o alkyl oxime|o benzyl oxime|methoxyimino", "oxime ether",
     NULL},
    {FORM_FIXED, "alkane|paraffin", "only C H; C >= 1; carbon-carbon multiple bonds = 0", NULL},
    {FORM_FIXED, "cycloalkane", "only C H; carbon-carbon multiple bonds = 0; rings >= 1", NULL},
    {FORM_FIXED, "cycloalkene", "only C H; C=C bonds >= 1; rings >= 1; aromatic rings = 0", NULL},
    {FORM_FIXED, "hydrocarbon", "only C H; C >= 1", NULL},
    {FORM_FIXED, "organic", "C >= 1", NULL},
    {FORM_FIXED, "inorganic", "no carbon", NULL},
    {FORM_FIXED, "organometallic|metal complex|organometallic complex", "C >= 1; metals >= 1",
     NULL},
    {FORM_NOUN, "metal|metal atom|metal ion", "metals", NULL},
    {FORM_FIXED,
     "isotope labelled|isotope labeled|isotopically labelled|isotopically labeled|"
     "deuterated|radiolabelled|radiolabeled",
     "isotopes >= 1", NULL},
    {FORM_NOUN, "isotope|isotope label|isotopic label|isotopic labelling|isotopic labeling",
     "isotopes", NULL},
    {FORM_FIXED, "tritiated", "tritium", NULL},
    {FORM_NOUN, "deuterium|deuterium label|deuterium atom", "deuterium", NULL},
    {FORM_NOUN, "tritium|tritium label|tritium atom", "tritium", NULL},
    {FORM_NOUN, "carbon 13|13c|13c label|carbon 13 label", "carbon-13", NULL},
    {FORM_NOUN, "carbon 14|14c|14c label|carbon 14 label", "carbon-14", NULL},
    {FORM_NOUN, "nitrogen 15|15n|15n label|nitrogen 15 label", "nitrogen-15", NULL},
    {FORM_FIXED, "pufa", "C=C bonds >= 2; fatty acid", NULL},
    {FORM_FIXED, "mufa", "C=C bonds = 1; fatty acid", NULL},
    {FORM_FIXED, "omega 3 pufa|n 3 pufa", "omega-3 double bond; C=C bonds >= 2; fatty acid", NULL},
    {FORM_FIXED, "omega 6 pufa|n 6 pufa", "omega-6 double bond; C=C bonds >= 2; fatty acid", NULL},
    {FORM_FIXED, "omega 3 fatty acid|n 3 fatty acid", "omega-3 double bond; fatty acid", NULL},
    {FORM_FIXED, "omega 6 fatty acid|n 6 fatty acid", "omega-6 double bond; fatty acid", NULL},
    {FORM_FIXED, "omega 9 fatty acid|n 9 fatty acid", "omega-9 double bond; fatty acid", NULL},
    /* stereo */
    {FORM_FIXED, "chiral|optically active", "stereocentres >= 1", NULL},
    {FORM_FIXED, "achiral", "stereocentres = 0", NULL},
    {FORM_NOUN,
     "stereocentre|stereocenter|stereogenic centre|stereogenic center|chiral centre|"
     "chiral center|chirality centre|chirality center|chiral carbon|asymmetric carbon|"
     "stereogenic carbon|chiral atom|stereo centre|stereo center",
     "stereocentres", NULL},
    {FORM_NOUN,
     "set stereocentre|set stereocenter|defined stereocentre|defined stereocenter|specified "
     "stereocentre|specified stereocenter|assigned stereocentre|assigned stereocenter|defined "
     "chiral centre|defined chiral center",
     "set stereocentres", NULL},
    {FORM_NOUN,
     "unset stereocentre|unset stereocenter|undefined stereocentre|undefined stereocenter|"
     "unspecified stereocentre|unspecified stereocenter|unassigned stereocentre|unassigned "
     "stereocenter|undefined chiral centre|undefined chiral center|open stereocentre",
     "unset stereocentres", NULL},
    /* numbers */
    {FORM_VALUE,
     "molecular weight|mw|molecular mass|mol weight|molwt|mol wt|molar mass|mass|weight|"
     "mol weight|molecular wt|formula weight|m w|m.w|mr|weighing|weighs|weigh",
     "MolWt", NULL},
    {FORM_VALUE,
     "exact mass|monoisotopic mass|monoisotopic molecular mass|monoisotopic molecular weight|"
     "monoisotopic weight|monoisotopic mw|accurate mass|exact molecular mass|exact molecular "
     "weight|exact mw",
     "exact mass", NULL},
    {FORM_VALUE, "logp|log p|clogp|clog p|xlogp|alogp|mollogp|lipophilicity", "logP", NULL},
    {FORM_FIXED, "negative logp|negative log p|negative clogp", "logP <= 0", NULL},
    {FORM_FIXED, "positive logp|positive log p|positive clogp", "logP >= 0", NULL},
    {FORM_VALUE, "tpsa|polar surface area|topological polar surface area|psa|polar surface", "TPSA",
     NULL},
    {FORM_VALUE, "largest ring|largest ring size|biggest ring|ring size|maximum ring size",
     "largest ring", NULL},
    {FORM_VALUE,
     "chain length|carbon chain length|alkyl chain length|longest chain|longest carbon chain",
     "carbon chain", NULL},
    {FORM_VALUE, "qed", "QED", NULL},
    {FORM_VALUE, "fsp3|f sp3|fcsp3|fraction sp3|sp3 fraction|fraction of sp3 carbons|fraction csp3",
     "Fsp3", NULL},
    {FORM_VALUE, "charge|net charge|formal charge|total charge|overall charge", "charge", NULL},
    {FORM_NOUN,
     "hydrogen bond donor|h bond donor|h donor|hbd|hydrogen donor|donor|hydrogen bonding donor",
     "donors", NULL},
    {FORM_NOUN,
     "hydrogen bond acceptor|h bond acceptor|h acceptor|hba|hydrogen acceptor|acceptor|"
     "hydrogen bonding acceptor",
     "acceptors", NULL},
    {FORM_NOUN, "rotatable bond|rotor|freely rotatable bond|rotb|nrotb|nrot|rotbond|rot bond",
     "rotatable bonds", NULL},
    {FORM_NOUN, "heavy atom|non hydrogen atom|nonhydrogen atom|non h atom|hac|heavy atom count",
     "heavy atoms", NULL},
    {FORM_NOUN, "component", "components", NULL},
    {FORM_FIXED, "drug like|druglike|drug like molecule",
     "MolWt 150 to 500; logP <= 5; donors <= 5; acceptors <= 10", NULL},
    {FORM_FIXED,
     "lipinski compliant|lipinski|rule of five compliant|ro5 compliant|"
     "rule of five|rule of 5|rule of 5 compliant|ro5|lipinski rule of 5|lipinski rule of "
     "five|lipinski rule|obeys lipinski",
     "MolWt <= 500; logP <= 5; donors <= 5; acceptors <= 10", NULL},
    {FORM_FIXED, "lead like|leadlike",
     "MolWt 200 to 350; logP -1 to 3; rotatable bonds <= 7; donors <= 5; acceptors <= 10", NULL},
    {FORM_FIXED,
     "fragment like|fragmentlike|rule of three|rule of three compliant|rule of 3|rule of 3 "
     "compliant|ro3|ro3 compliant",
     "MolWt <= 300; logP <= 3; donors <= 3; acceptors <= 3; rotatable bonds <= 3", NULL},
    {FORM_FIXED, "veber compliant|veber|veber rule|veber rules|veber's rule|veber's rules",
     "rotatable bonds <= 10; TPSA <= 140", NULL},
    /* charges and salts */
    {FORM_FIXED, "neutral|uncharged|non charged|electrically neutral", "charge = 0", NULL},
    {FORM_FIXED, "charged", "charge not = 0", NULL},
    {FORM_FIXED,
     "cation|cationic|positively charged|net positive charge|overall positive charge|positive net "
     "charge|net positively charged",
     "charge >= 1", NULL},
    {FORM_FIXED, "trication|tricationic", "charge = 3", NULL},
    {FORM_FIXED,
     "anion|anionic|negatively charged|net negative charge|overall negative charge|negative net "
     "charge|net negatively charged",
     "charge <= -1", NULL},
    {FORM_FIXED, "dication|dicationic|doubly charged cation", "charge = 2", NULL},
    {FORM_FIXED, "dianion|dianionic|doubly charged anion", "charge = -2", NULL},
    {FORM_FIXED, "trianion", "charge = -3", NULL},
    {FORM_FIXED, "monocation", "charge = 1", NULL},
    {FORM_FIXED, "monoanion", "charge = -1", NULL},
    {FORM_FIXED, "zwitterion|zwitterionic|inner salt|dipolar ion",
     "cationic atom; anionic atom; charge = 0; components = 1", NULL},
    {FORM_NOUN, "radical|free radical|unpaired electron", "radicals", NULL},
    {FORM_FIXED, "salt|salt form|mixture|ion pair", "components >= 2", NULL},
    {FORM_FIXED, "chloride ion|chloride anion|chloride counterion", "chloride ion", NULL},
    {FORM_FIXED, "bromide ion|bromide anion|bromide counterion", "bromide ion", NULL},
    {FORM_FIXED, "iodide ion|iodide anion|iodide counterion", "iodide ion", NULL},
    {FORM_FIXED, "fluoride ion|fluoride anion", "fluoride ion", NULL},
    {FORM_FIXED, "sodium salt|sodium ion", "sodium ion", NULL},
    {FORM_FIXED, "disodium salt", "sodium ion = 2", NULL},
    {FORM_FIXED, "potassium salt|potassium ion", "potassium ion", NULL},
    {FORM_FIXED, "lithium salt|lithium ion", "lithium ion", NULL},
    {FORM_FIXED, "calcium salt|calcium ion", "calcium ion", NULL},
    {FORM_FIXED, "magnesium salt|magnesium ion", "magnesium ion", NULL},
    {FORM_FIXED, "ammonium salt", "cationic atom; components >= 2", NULL},
    {FORM_FIXED, "hydrochloride|hydrochloride salt|hcl salt|chloride salt", "hydrogen chloride",
     NULL},
    {FORM_FIXED, "hydrobromide|hydrobromide salt|hbr salt|bromide salt", "hydrogen bromide", NULL},
    /* sugars and peptides */
    {FORM_NOUN, "sugar|carbohydrate|saccharide|sugar ring|sugar unit", "sugar", NULL},
    {FORM_FIXED, "monosaccharide|simple sugar", "sugar = 1", NULL},
    {FORM_FIXED, "disaccharide", "sugar = 2", NULL},
    {FORM_FIXED, "trisaccharide", "sugar = 3", NULL},
    {FORM_FIXED, "hexose", "carbon = 6; oxygen = 6; sugar", NULL},
    {FORM_FIXED, "pentose", "carbon = 5; sugar", NULL},
    {FORM_FIXED, "dipeptide", "amino acid residues = 2; peptide bond", NULL},
    {FORM_FIXED, "tripeptide", "amino acid residues = 3; peptide bond", NULL},
    {FORM_FIXED, "tetrapeptide", "amino acid residues = 4; peptide bond", NULL},
    {FORM_FIXED, "pentapeptide", "amino acid residues = 5; peptide bond", NULL},
    {FORM_NOUN, "amino acid residue", "amino acid residues", NULL},
    {FORM_NOUN, "glycine|gly|glycine residue", "glycine residue", NULL},
    {FORM_NOUN, "alanine|ala|alanine residue", "alanine residue", NULL},
    {FORM_NOUN, "valine|val|valine residue", "valine residue", NULL},
    {FORM_NOUN, "leucine|leu|leucine residue", "leucine residue", NULL},
    {FORM_NOUN, "isoleucine|ile|isoleucine residue", "isoleucine residue", NULL},
    {FORM_NOUN, "serine|ser|serine residue", "serine residue", NULL},
    {FORM_NOUN, "threonine|thr|threonine residue", "threonine residue", NULL},
    {FORM_NOUN, "cysteine|cys|cysteine residue", "cysteine residue", NULL},
    {FORM_NOUN, "methionine|met|methionine residue", "methionine residue", NULL},
    {FORM_NOUN, "aspartic acid|aspartate|asp", "aspartic acid residue", NULL},
    {FORM_NOUN, "glutamic acid|glutamate|glu", "glutamic acid residue", NULL},
    {FORM_NOUN, "asparagine|asn", "asparagine residue", NULL},
    {FORM_NOUN, "glutamine|gln", "glutamine residue", NULL},
    {FORM_NOUN, "lysine|lys", "lysine residue", NULL},
    {FORM_NOUN, "arginine|arg", "arginine residue", NULL},
    {FORM_NOUN, "histidine|his", "histidine residue", NULL},
    {FORM_NOUN, "phenylalanine|phe", "phenylalanine residue", NULL},
    {FORM_NOUN, "tyrosine|tyr", "tyrosine residue", NULL},
    {FORM_NOUN, "tryptophan|trp", "tryptophan residue", NULL},
    {FORM_NOUN, "proline|pro", "proline residue", NULL},
    {FORM_FIXED, "polyol|sugar alcohol", "alcohol >= 3", NULL},
    {FORM_FIXED, "polyphenol|polyphenolic", "phenol >= 3", NULL},
    {FORM_FIXED, "polyamine", "amine >= 2", NULL},
    {FORM_FIXED, "polyether", "ether >= 3", NULL},
    {FORM_NOUN, "co2h|co2h group", "carboxylic acid", NULL},
    {FORM_NOUN, "co2me|coome|co2ch3|cooch3|co2me group", "methyl ester", NULL},
    {FORM_NOUN, "co2et|cooet|co2et group", "ethyl ester", NULL},
    {FORM_NOUN, "oet|oet group", "ethoxy group", NULL},
    {FORM_NOUN, "oph|oph group", "phenoxy group", NULL},
    {FORM_NOUN, "t bu|t bu group|t butyl", "tert-butyl group", NULL},
    {FORM_NOUN, "ipr|i pr|ipr group", "isopropyl group", NULL},
    {FORM_NOUN, "cho|cho group", "aldehyde", NULL},
    {FORM_NOUN, "ch3|ch3 group", "methyl group", NULL},
    {FORM_NOUN, "cf2h|chf2|cf2h group|chf2 group", "difluoromethyl group", NULL},
    {FORM_NOUN, "s h|s h bond|s h group", "thiol", NULL},
    {FORM_FIXED, "fatty acid chain|fatty acid tail|fatty acyl chain|fatty acyl",
     "carbon chain >= 6", NULL},
    {FORM_FIXED, "organoselenium", "carbon; selenium", NULL},
    {FORM_FIXED, "organotellurium", "carbon; tellurium", NULL},
    {FORM_FIXED, "polyhalogenated", "halogen >= 2", NULL},
    {FORM_FIXED, "polyfluorinated", "fluorine >= 2", NULL},
    {FORM_FIXED, "polychlorinated", "chlorine >= 2", NULL},
    {FORM_FIXED, "polybrominated", "bromine >= 2", NULL},
    {FORM_FIXED, "polyhydroxylated|polyhydroxy", "hydroxy group >= 2", NULL},
    {FORM_FIXED, "polynitro|polynitrated", "nitro group >= 2", NULL},
    {FORM_FIXED, "polycarboxylic acid|polyacid", "carboxylic acid >= 2", NULL},
    {FORM_FIXED, "perfluorinated|perfluoro", "fluorine >= 3; perfluoroalkyl group", NULL},
};

void request_each_phrases(const mg_groups *g, void (*each)(void *, const char *), void *of) {
    for (size_t r = 0; r < MG_COUNT(ROWS); r++) each(of, ROWS[r].phrases);
    for (int r = 0; REQUEST_PATTERNS[r].name; r++)
        if (REQUEST_PATTERNS[r].words) each(of, REQUEST_PATTERNS[r].words);
    for (int e = 1; e <= MG_ELEMENTS; e++)
        if (request_element_name(e)) each(of, request_element_name(e));
    for (int i = 0; i < mg_groups_count(g); i++) {
        const mg_group *one = mg_groups_at(g, i);
        each(of, one->name);
        for (int k = 0; k < one->n_synonyms; k++) each(of, one->synonyms[k]);
    }
    for (int r = 0; REQUEST_SUBSTITUENTS[r].label; r++) each(of, REQUEST_SUBSTITUENTS[r].words);
}

/* The longest name of the dictionary from word i on. */
static int dictionary(const mg_groups *g, const request_words *ws, int i, int *group) {
    char name[200];
    size_t n = 0;
    int best = 0;
    double x;
    if (i + 1 < ws->n && !ws->w[i + 1].joined && request_number(ws->w[i].s, &x)) return 0;
    for (int k = 0; k < 7 && i + k < ws->n && !ws->w[i + k].mark; k++) {
        size_t m = strlen(ws->w[i + k].s);
        if (!m || n + m + 2 > sizeof name) break;
        if (k) name[n++] = ' ';
        memcpy(name + n, ws->w[i + k].s, m + 1);
        n += m;
        int at = mg_groups_find(g, name);
        if (at >= 0) best = k + 1, *group = at;
    }
    return best;
}

static bool is_symbol(const request_words *ws, int i) {
    return i >= 0 && i < ws->n && !ws->w[i].mark && request_symbol_of(ws->w[i].raw) > 0 &&
           !(i + 1 < ws->n && ws->w[i + 1].joined);
}

/* "(F, Cl, Br)", "none of: N or S", "F as the only halogen": a list of symbols begins here. */
static bool symbols_ahead(const request_words *ws, int i) {
    if (!is_symbol(ws, i)) return false;
    if (strcmp(ws->w[i].raw, "I") && request_word_is(ws, i + 1, "only|alone|as")) return true;
    const bool opens = i == 0 || request_word_is(ws, i - 1, "=|is|be") ||
                       (ws->w[i - 1].mark && strchr("(:[", ws->w[i - 1].mark));
    const int comma = i + 1 < ws->n && ws->w[i + 1].mark == ',',
              word = request_word_is(ws, i + 1 + comma, "and|or|nor|/|&|and/or");
    return opens && comma + word && is_symbol(ws, i + 1 + comma + word);
}

/* "10 C, 2 O": no temperature, where another symbol is counted behind it. */
static bool is_carbon_count(const request_words *ws, int i) {
    double x;
    const bool comma = i + 1 < ws->n && ws->w[i + 1].mark == ',';
    return request_word_is(ws, i, "c|h") && (comma || request_word_is(ws, i + 1, "and|or")) &&
           i + 3 < ws->n && request_number(ws->w[i + 2].s, &x) && is_symbol(ws, i + 3);
}

/* "6 F", "one F and two N": a symbol behind a number, and nothing that it could belong to. */
static bool counted_symbol(const request_words *ws, int i) {
    double x;
    const bool by = i > 0 && request_word_is(ws, i - 1, "1x|2x|3x|4x|5x|6x|x");
    return i > 0 && is_symbol(ws, i) && !ws->w[i - 1].mark && !ws->w[i].joined &&
           (by || (request_number(ws->w[i - 1].s, &x) && x < 40)) &&
           (!request_word_is(ws, i, "c|h|k|v|w|u") || is_carbon_count(ws, i)) &&
           (i + 1 >= ws->n || ws->w[i + 1].mark ||
            request_word_is(ws, i + 1,
                            "and|or|but|with|without|in|on|no|max|maximum|min|minimum|at|plus|/"));
}

/* "fluorine", "fluorine atoms"; "F atoms"; words, 0: none. */
static int element(const request_words *ws, int i, int *number) {
    if (i >= ws->n || ws->w[i].mark) return 0;
    bool atoms = request_phrase(ws, i + 1, "atom|atoms", false) > 0;
    if ((*number = request_element_of(ws->w[i].s)) > 0) return 1 + atoms;
    bool hyphen = i + 1 < ws->n && ws->w[i + 1].joined &&
                  request_word_is(ws, i + 1, "containing|free|bearing|rich");
    bool next = i + 1 < ws->n && ws->w[i + 1].joined && !hyphen;
    if (!next && request_word_is(ws, i, "cl|br|si|se") && strlen(ws->w[i].raw) == 2)
        atoms |= ws->w[i].raw[1] > 'Z';
    /* "no Pd", "with Pt" */
    const char *raw = ws->w[i].raw;
    if (!next && strlen(raw) == 2 && raw[0] <= 'Z' && raw[1] > 'Z' && strcmp(raw, "As") &&
        strcmp(raw, "Be"))
        hyphen |= request_word_is(ws, i - 1,
                                  "no|without|lacking|with|contains|containing|contain|w/o|and|or|"
                                  "/|any");
    if (!next && request_word_is(ws, i, "b|c|n|o|f|p|s"))
        hyphen |= request_word_is(ws, i + 1, "count|<|>|<=|>=|=");
    if (!next && request_word_is(ws, i, "b|n|o|f|p|s"))
        hyphen |= request_word_is(ws, i - 1,
                                  "bearing|bears|carrying|carries|having|has|no|without|lacking|"
                                  "with|contains|containing|both|and|or|w/o|/|any");
    if (!next && request_word_is(ws, i, "b|n|o|f|p|s|c") && ws->w[i].raw[0] <= 'Z')
        hyphen |= request_word_is(ws, i - 1, "of|either|not") &&
                  (i + 1 >= ws->n || ws->w[i + 1].mark == ',' ||
                   request_word_is(ws, i + 1, "and|or|/|nor"));
    if (!next && request_word_is(ws, i - 1, "of") && request_word_is(ws, i - 2, "number"))
        hyphen |= i + 1 < ws->n && ws->w[i + 1].mark == ':'; /* "number of N: 3" */
    /* "no N, S, Br, I": of a list of symbols; I is no pronoun there */
    if (!next && strlen(ws->w[i].raw) <= 2 && ws->w[i].raw[0] <= 'Z') {
        const int comma = i > 0 && ws->w[i - 1].mark == ',';
        const int word = request_word_is(ws, i - 1, "and|or|nor|/"),
                  both = word && i > 1 && ws->w[i - 2].mark == ',';
        const int before = comma || word ? i - 2 - both : -1;
        hyphen |= before >= 0 && ws->w[before].raw[0] && ws->w[before].raw[0] <= 'Z' &&
                  request_symbol_of(ws->w[before].raw) > 0;
    }
    hyphen |= !next && (symbols_ahead(ws, i) || counted_symbol(ws, i));
    if (!next && !strcmp(ws->w[i].raw, "I"))
        hyphen |= request_word_is(ws, i - 1, "no|without|w/o|of|excluding|exclude|avoid") &&
                  (i + 1 >= ws->n || ws->w[i + 1].mark || request_word_is(ws, i + 1, "and|or|but"));
    if ((atoms || hyphen) && (*number = request_symbol_of(ws->w[i].raw)) > 0)
        return 1 + (request_phrase(ws, i + 1, "atom|atoms", false) > 0);
    return 0;
}

/* Whether "acid" at word i is the group, not the end of a name: nothing but small words before it,
 * and behind it no word that it qualifies. */
static bool stands_alone(const request_words *ws, int i) {
    double x;
    if (request_word_is(ws, i + 1,
                        "labile|stable|resistant|sensitive|catalysed|catalyzed|catalyst|"
                        "pump|reflux|value|number|base|salt|salts|dye|phosphatase|ester|"
                        "amide|residue|residues|anion|chain"))
        return false;
    return i == 0 || ws->w[i - 1].mark || request_number(ws->w[i - 1].s, &x) ||
           request_word_is(ws, i - 1,
                           "a|an|the|any|no|not|without|and|or|nor|with|has|have|having|contains|"
                           "contain|containing|bearing|carrying|lacking|avoid|its|free|both|strong|"
                           "want|wants|need|needs|wanted|more|weak|organic|exclude|excluding|"
                           "include|including|also|neither");
}

/* "14-membered" beyond the sizes of the table: the largest ring; words, 0: none. */
static int membered(const mg_groups *g, const request_words *ws, int i, request_term *t) {
    double n;
    if (!request_word_is(ws, i + 1, "membered") || !request_number(ws->w[i].s, &n) || n < 13)
        return 0;
    *t = (request_term){.form = FORM_FIXED, .n = 1};
    request_feature(g, "largest ring", &t->asks[0]);
    t->asks[0].range = request_exactly(n);
    return 2 + request_word_is(ws, i + 2, "ring|rings|macrocycle|cycle");
}

static void set_noun(request_term *t, int words, mg_ask ask) {
    *t = (request_term){.form = FORM_NOUN, .words = words, .n = 1};
    t->asks[0] = ask;
    t->asks[0].range = request_at_least(1);
}

static request_term term_at(const mg_groups *g, const request_words *ws, int i) {
    request_term t = {0};
    if (i >= ws->n || ws->w[i].mark) return t;
    int id, k = element(ws, i, &id);
    if (k)
        set_noun(&t, k,
                 (mg_ask){.kind = MG_ASK_ELEMENT, .id = id, .label = request_element_name(id)});
    for (size_t r = 0; r < MG_COUNT(ROWS); r++) {
        k = request_phrase(ws, i, ROWS[r].phrases, true);
        if (k <= t.words) continue;
        t = (request_term){.form = ROWS[r].form, .words = k, .none = ROWS[r].none};
        const char *means = ROWS[r].means;
        while (t.n < REQUEST_PARTS && request_fixed_next(g, &means, &t.asks[t.n])) t.n++;
    }
    for (int r = 0; REQUEST_PATTERNS[r].name; r++) {
        const char *words = REQUEST_PATTERNS[r].words;
        k = words ? request_phrase(ws, i, words, true) : 0;
        if (k > t.words)
            set_noun(&t, k,
                     (mg_ask){.kind = MG_ASK_PATTERN, .id = r, .label = REQUEST_PATTERNS[r].name});
    }
    if (t.words == 1 && request_word_is(ws, i, "met|his|pro|ser|arg|asp|val|ala") &&
        !isupper((unsigned char)ws->w[i].raw[0]))
        t = (request_term){0}; /* "his" */
    if (t.words == 1 && request_word_is(ws, i, "acid|acids") && !stands_alone(ws, i))
        t = (request_term){0};
    k = dictionary(g, ws, i, &id);
    if (k > t.words) {
        const char *name = mg_groups_at(g, id)->name;
        set_noun(&t, k, (mg_ask){.kind = MG_ASK_GROUP, .id = id, .label = name});
        t.none = name; /* a pattern of that name, where there is one: "no halogen" */
    }
    double x;
    if (!t.words && request_word_is(ws, i, "residues") &&
        request_number(ws->w[i ? i - 1 : 0].s, &x)) {
        mg_ask ask;
        request_feature(g, "amino acid residues", &ask);
        set_noun(&t, 1, ask);
    }
    if (!t.words) t.words = membered(g, ws, i, &t);
    if (!t.words) request_compound(g, ws, i, &t);
    return t;
}

/* "primary" of "primary, secondary or tertiary amines", "double" of "double or triple bonds": with
 * the noun of the last of them it is a term; that takes its own word alone. */
static request_term shared_head(const mg_groups *g, const request_words *ws, int i) {
    enum { MOST = 4 };
    request_word borrowed[1 + MOST];
    request_term none = {0};
    int at = i + 1, last = -1;
    bool joined = false;
    for (int k = 0; k < MOST && at < ws->n && last < 0; k++) {
        const bool comma = ws->w[at].mark == ',';
        const int word = request_phrase(ws, at + comma, "or|and|nor|and/or", false);
        if (!comma && !word) return none;
        joined |= word > 0;
        at += comma + word;
        if (joined) last = at;
        at++;
    }
    if (last < 0 || last + 1 >= ws->n || ws->w[last].mark || ws->w[i].mark) return none;
    const request_term behind = term_at(g, ws, last);
    const int head = behind.words - 1;
    if (head < 1 || head > MOST || behind.n != 1) return none;
    borrowed[0] = ws->w[i];
    memcpy(borrowed + 1, ws->w + last + 1, (size_t)head * sizeof *borrowed);
    const request_words with = {.w = borrowed, .n = 1 + head};
    request_term t = term_at(g, &with, 0);
    if (t.words != 1 + head || t.n != 1) return none;
    t.words = 1;
    return t;
}

/* "chloro- | or bromobenzene", "mono- | or dichlorobenzene", "chloro | or bromo benzene": with what
 * the last of them stands on; the term takes its own word alone. */
static request_term shared_ring(const mg_groups *g, const request_words *ws, int i) {
    request_term none = {0};
    int at = i;
    do {
        if (!request_front(ws->w[at].s)) return none;
        at++;
        const bool comma = at < ws->n && ws->w[at].mark == ',';
        const int word = request_phrase(ws, at + comma, "or|and|nor|and/or|/", false);
        if (!comma && !word) return none;
        at += comma + word;
        if (at >= ws->n || ws->w[at].mark || ws->w[at].joined) return none;
    } while (request_front(ws->w[at].s) && request_phrase(ws, at + 1, "or|and|nor|/", false));
    request_word own = ws->w[i];
    int ring, bears;
    if (request_front(ws->w[at].s)) { /* "bromo benzene" */
        const int sub = request_substituent_of(own.s, strlen(own.s)),
                  n = request_ring(g, ws, at + 1, &ring, &bears);
        if (!n || bears >= 0 || sub < 0) return none;
        set_noun(&none, 1, request_on(sub, ring, g));
        return none;
    }
    if (!request_swap_front(own.s, ws->w[at].s, own.s, sizeof own.s)) return none;
    const request_words one = {.w = &own, .n = 1};
    request_term t = term_at(g, &one, 0);
    return t.n == 1 && t.form == FORM_NOUN ? t : none;
}

request_term request_term_at(const mg_groups *g, const request_words *ws, int i) {
    const request_term t = term_at(g, ws, i);
    if (t.words > 1 || i >= ws->n || ws->w[i].mark) return t;
    /* what is a term by itself keeps its meaning: "an aromatic or a heteroaromatic ring" */
    const request_term shared = t.words && t.form != FORM_FIXED ? (request_term){0}
                                                                : shared_head(g, ws, i);
    if (shared.words) return shared;
    const request_term ring = shared_ring(g, ws, i);
    return ring.words ? ring : t;
}

int request_kind_words(const request_words *ws, int i, const mg_ask *a) {
    const bool named = a->kind == MG_ASK_GROUP || a->kind == MG_ASK_ON || a->kind == MG_ASK_PATTERN;
    int k = 0;
    while (
        request_word_is(ws, i + k,
                        named ? "ring|rings|bond|bonds|linkage|group|groups|moiety|moieties|unit|"
                                "units|core|scaffold|skeleton|nucleus|motif|system|function|"
                                "functions|functionality|substituent|substituents|residue|residues|"
                                "analogue|analogues|analog|analogs|derivative|derivatives"
                              : "atom|atoms|group|groups|substituent|substituents|element"))
        k++;
    return k;
}

#!/bin/sh
# What describe, name, search and info print, whole: every column, width and field of each format, rows that are refused in their
# places. Numbers that the model makes are masked, all else is computed or looked up. test_tables.sh MOLGLOT MODEL
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2
cd "$tmp" || exit 1
printf 'id\tsmiles\ttext\tvendor\na\tCCO\tan alcohol\tx\nb\tC1CC\tbroken\ty\nc\tc1ccncc1C(=O)N\tan amide\tz\nd\tc1ccncc1\t\tz\n' > l.tsv
"$molglot" index -q l.tsv -o l.idx -m "$model" 2>/dev/null || exit 1

# whole WHAT SED argument...: what it prints, passed through sed -E, is standard input
whole() {
    what=$1 mask=$2; shift 2
    cat > want
    checks=$((checks + 1))
    "$molglot" "$@" </dev/null 2>err | sed -E "$mask" > out
    diff want out >&2 || fail "$what"
}

whole "a paragraph each" '' describe -i l.tsv -f text --triage <<'END'
a: C2H6O, 46.07 g/mol. It has a primary alcohol. No ring. No stereocentre. logP 0.00 (Crippen), TPSA 20.2, 1 hydrogen-bond donor, 1 acceptor, no rotatable bond.
b: not described: unclosed ring 1
c: C6H6N2O, 122.13 g/mol. It has an amide (a primary amide, an aromatic amide). Named rings: a pyridine ring. 1 ring of 6 atoms, aromatic. No stereocentre. logP 0.18 (Crippen), TPSA 56.0, 1 hydrogen-bond donor, 2 acceptors, 1 rotatable bond.
d: C5H5N, 79.10 g/mol. Named rings: a pyridine ring. 1 ring of 6 atoms, aromatic. No stereocentre. logP 1.08 (Crippen), TPSA 12.9, no hydrogen-bond donor, 1 acceptor, no rotatable bond.
END

whole "a table with triage" '' describe -i l.tsv -f table --triage <<'END'
Molecules
   row id             formula         weight   logp   tpsa   qed rings control_list                             alerts                                      sa status
     1 a              C2H6O            46.07   0.00   20.2 0.407     0 no match                                                                           1.95 ok
     2 b                                                                                                                                                       rejected
     3 c              C6H6N2O         122.13   0.18   56.0 0.577     1 no match                                                                           1.74 ok
     4 d              C5H5N            79.10   1.08   12.9 0.453     1 no match                                                                           1.39 ok
END

whole "a table of groups" '' describe -i l.tsv -f table <<'END'
Molecules
   row id             formula         weight   logp   tpsa rings groups                                                       named_rings                    status
     1 a              C2H6O            46.07   0.00   20.2     0 primary alcohol; methyl group; ethyl group; hydroxymethyl...                                ok
     2 b                                                                                                                                                     rejected
     3 c              C6H6N2O         122.13   0.18   56.0     1 primary amide; aromatic amide                                pyridine                       ok
     4 d              C5H5N            79.10   1.08   12.9     1                                                              pyridine                       ok
END

whole "csv, all columns" '' describe -i l.tsv -f csv --triage <<'END'
row,id,smiles,formula,weight,exact_mass,charge,logp,tpsa,qed,donors,acceptors,rotatable_bonds,rings,aromatic_rings,stereocentres,groups,named_rings,classes,description,control_list,alerts,n_alerts,sa,status,error,text,vendor
1,a,CCO,C2H6O,46.07,46.04186,0,0.00,20.2,0.407,1,1,0,0,0,0,primary alcohol; methyl group; ethyl group; hydroxymethyl group,,,"C2H6O, 46.07 g/mol. It has a primary alcohol. No ring. No stereocentre. logP 0.00 (Crippen), TPSA 20.2, 1 hydrogen-bond donor, 1 acceptor, no rotatable bond.",no match,,0,1.95,ok,,an alcohol,x
2,b,C1CC,,,,,,,,,,,,,,,,,,,,,,rejected,unclosed ring 1,broken,y
3,c,c1ccncc1C(=O)N,C6H6N2O,122.13,122.04801,0,0.18,56.0,0.577,1,2,1,1,1,0,primary amide; aromatic amide,pyridine,,"C6H6N2O, 122.13 g/mol. It has an amide (a primary amide, an aromatic amide). Named rings: a pyridine ring. 1 ring of 6 atoms, aromatic. No stereocentre. logP 0.18 (Crippen), TPSA 56.0, 1 hydrogen-bond donor, 2 acceptors, 1 rotatable bond.",no match,,0,1.74,ok,,an amide,z
4,d,c1ccncc1,C5H5N,79.10,79.04220,0,1.08,12.9,0.453,0,1,0,1,1,0,,pyridine,,"C5H5N, 79.10 g/mol. Named rings: a pyridine ring. 1 ring of 6 atoms, aromatic. No stereocentre. logP 1.08 (Crippen), TPSA 12.9, no hydrogen-bond donor, 1 acceptor, no rotatable bond.",no match,,0,1.39,ok,,,z
END

whole "tsv, own columns alone" '' describe -i l.tsv -f tsv --drop-extra-columns <<'END'
row	id	smiles	formula	weight	exact_mass	charge	logp	tpsa	qed	donors	acceptors	rotatable_bonds	rings	aromatic_rings	stereocentres	groups	named_rings	classes	description	control_list	alerts	n_alerts	sa	status	error
1	a	CCO	C2H6O	46.07	46.04186	0	0.00	20.2	0.407	1	1	0	0	0	0	primary alcohol; methyl group; ethyl group; hydroxymethyl group			C2H6O, 46.07 g/mol. It has a primary alcohol. No ring. No stereocentre. logP 0.00 (Crippen), TPSA 20.2, 1 hydrogen-bond donor, 1 acceptor, no rotatable bond.					ok	
2	b	C1CC																						rejected	unclosed ring 1
3	c	c1ccncc1C(=O)N	C6H6N2O	122.13	122.04801	0	0.18	56.0	0.577	1	2	1	1	1	0	primary amide; aromatic amide	pyridine		C6H6N2O, 122.13 g/mol. It has an amide (a primary amide, an aromatic amide). Named rings: a pyridine ring. 1 ring of 6 atoms, aromatic. No stereocentre. logP 0.18 (Crippen), TPSA 56.0, 1 hydrogen-bond donor, 2 acceptors, 1 rotatable bond.					ok	
4	d	c1ccncc1	C5H5N	79.10	79.04220	0	1.08	12.9	0.453	0	1	0	1	1	0		pyridine		C5H5N, 79.10 g/mol. Named rings: a pyridine ring. 1 ring of 6 atoms, aromatic. No stereocentre. logP 1.08 (Crippen), TPSA 12.9, no hydrogen-bond donor, 1 acceptor, no rotatable bond.					ok	
END

whole "SMILES" '' describe -i l.tsv -f smi <<'END'
CCO	a
c1ccncc1C(=O)N	c
c1ccncc1	d
END

whole "structures of names" '' name 2-chlorobutane nosuchthing aspirin -f table -m "$model" <<'END'
Structures of 2-chlorobutane
  rank  name                                  smiles                                        found     source
     1  2-chloro-butane                       CCC(C)Cl                                      folded    PubChem

Structures of nosuchthing
  rejected: no such name in the dictionary

Structures of aspirin
  rank  name                                  smiles                                        found     source
     1  Aspirin                               CC(=O)Oc1ccccc1C(=O)O                         exact     PubChem, MetaNetX
END

whole "names, tsv" '' name 2-chlorobutane nosuchthing aspirin -f tsv -m "$model" <<'END'
row	input	rank	name	smiles	found	source	status	error
1	2-chlorobutane	1	2-chloro-butane	CCC(C)Cl	folded	PubChem	ok	
2	nosuchthing						rejected	no such name in the dictionary
3	aspirin	1	Aspirin	CC(=O)Oc1ccccc1C(=O)O	exact	PubChem, MetaNetX	ok	
END

whole "names, json" '' name 2-chlorobutane nosuchthing aspirin -f json -m "$model" <<'END'
{"molglot":"0.1.0","results":[
{"input":"2-chlorobutane","input_is":"name","status":"ok","error":"","answers":[{"rank":1,"name":"2-chloro-butane","smiles":"CCC(C)Cl","found":"folded","source":"PubChem"}]},
{"input":"nosuchthing","input_is":"name","status":"rejected","error":"no such name in the dictionary","answers":[]},
{"input":"aspirin","input_is":"name","status":"ok","error":"","answers":[{"rank":1,"name":"Aspirin","smiles":"CC(=O)Oc1ccccc1C(=O)O","found":"exact","source":"PubChem, MetaNetX"}]}
]}
END

whole "hits, table" 's/ 0\.[0-9][0-9]*/ S/' search l.idx "pyridine carboxamide" -k 2 -f table -m "$model" <<'END'
words: pyridine carboxamide
  read as a condition; as a name: pyridine carboxamide = NC(=O)c1ccccn1; understood: pyridine; carboxamide on pyridine
  rank  score  why       id                     meets molecule or text
     1  S  text      c                      2/2   c1ccncc1C(=O)N
     2  S  molecule  d                      1/2   c1ccncc1
END

whole "hits, tsv" 's/0\.[0-9]{4,6}/S/g' search l.idx "pyridine carboxamide" ethanol "C1CC" -k 1 -f tsv -m "$model" <<'END'
query_number	query	rank	score	cosine	why	library	row	id	smiles	text	meets	fails	status	error	vendor
1	pyridine carboxamide	1	S	S	text; molecule	l.idx	3	c	c1ccncc1C(=O)N	an amide	2/2		ok		z
2	ethanol	1	S	1	name: ethanol (PubChem, MetaNetX, wwPDB CCD); molecule	l.idx	1	a	CCO	an alcohol			ok		x
3	C1CC												rejected	looks like SMILES: unclosed ring 1	
END

whole "hits, json" 's/0\.[0-9]{4,6}/0/g' search l.idx "pyridine carboxamide" -k 1 -f json -m "$model" <<'END'
{"molglot":"0.1.0","index_rows":3,"results":[
{"query":"pyridine carboxamide","query_is":"words","note":"read as a condition; as a name: pyridine carboxamide = NC(=O)c1ccccn1; understood: pyridine; carboxamide on pyridine","status":"ok","hits":[{"rank":1,"score":0,"cosine":0,"why":"text; molecule","library":"l.idx","row":3,"id":"c","smiles":"c1ccncc1C(=O)N","text":"an amide","meets":"2/2","fails":"","vendor":"z"}]}
]}
END

whole "hits, smi" '' search l.idx "pyridine carboxamide" -k 2 -f smi -m "$model" <<'END'
c1ccncc1C(=O)N	c
c1ccncc1	d
END

whole "an index" 's/^model sha256: .*/model sha256: X/' info l.idx <<'END'
file: l.idx
kind: molglot index, checksum correct
rows: 3 molecules
vectors: 2560 x bfloat16
model: molglot
model sha256: X
vectors of texts: 2
columns: vendor
END

finish

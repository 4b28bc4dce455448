# Golden values of facts: RDKit 2022.09 (Debian's python3-rdkit). golden_facts.py FOLDER: with union_open_no_eval.smi.gz and qm9.smi.gz.
import gzip,sys
from rdkit import Chem,RDLogger
from rdkit.Chem import Descriptors,Crippen,Lipinski,QED,rdMolDescriptors as D
RDLogger.DisableLog('rdApp.*')
rows=[]
for f,step,n in (('union_open_no_eval',2300,150),('qm9',3000,30)):
    k=0
    for i,l in enumerate(gzip.open('%s/%s.smi.gz'%(sys.argv[1],f),'rt')):
        if i%step==5 and k<n: rows.append(l.split()[0]); k+=1
rows+=['[Na+].[O-]C(=O)c1ccccc1','[2H]C([2H])([2H])O','C1CC2CCC1C2','C1CCC2(CC1)CCCC2','C12C3C4C1C5C2C3C45','[Fe+2].[O-]S(=O)(=O)[O-]','C[N+](C)(C)CC([O-])=O','O=C1CCCCCCCCCCCO1',
'C1CCCCCCCCCCCCC1','c1ccc2c(c1)ccc1ccccc12','C[C@H](N)C(=O)O','C/C=C/C','C/C=C\\C','CC(O)C(N)C','[CH3]','[13CH4]','O','[H][H]','[Cu]','C#CC#N','CN1C=NC2=C1C(=O)N(C(=O)N2C)C']
print('# RDKit 2022.09.3 (tests/chem/golden_facts.py makes this file)')
print('\t'.join('smiles formula weight exact_mass logp tpsa qed donors acceptors rotatable rings aromatic_rings spiro bridged'.split()))
for s in rows:
    m=Chem.MolFromSmiles(s)
    if m is None: continue
    v=[s,D.CalcMolFormula(m),'%.4f'%D._CalcMolWt(m),'%.5f'%D.CalcExactMolWt(m),'%.4f'%Crippen.MolLogP(m),'%.2f'%D.CalcTPSA(m),'%.5f'%QED.qed(m),Lipinski.NumHDonors(m),Lipinski.NumHAcceptors(m),D.CalcNumRotatableBonds(m,D.NumRotatableBondsOptions.Strict),m.GetRingInfo().NumRings(),D.CalcNumAromaticRings(m),D.CalcNumSpiroAtoms(m),D.CalcNumBridgeheadAtoms(m)]
    print('\t'.join(map(str,v)))

"""Names of patients: what is one case, what is not, and what nearly is."""
import numpy as np, pandas as pd
from case import Case,Error
from mmpath.data.cohort import Cohort,SlideCases
from mmpath.tables.ids import case_id,case_name,is_missing,is_tumour_sample,near_misses,other_tissue,parse_barcode
from mmpath.wsi.store import MemoryStore

case = 'TCGA-3C-AALI'
# as it stands in a table -> its case
same = {
    'TCGA-3C-AALI': case, 'tcga-3c-aali': case, 'TCGA.3C.AALI': case, 'TCGA_3C_AALI': case, ' TCGA-3C-AALI ': case,
    'TCGA-3C-AALI\n': case,
    '\ufeffTCGA-3C-AALI': case, 'TCGA-3C-AALI\u200b': case, '\u00a0TCGA-3C-AALI\u00a0': case, 'TCGA-3C-AALI-01': case,
    'TCGA-3C-AALI-01A': case,
    'TCGA-3C-AALI-01A-11R': case, 'TCGA-3C-AALI-01A-11R-A41B-07': case, 'TCGA.3C.AALI.01A.11R.A41B.07': case,
    'TCGA-3C-AALI-01Z-00-DX1': case,
    'TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF-D8FB-45CF-B4BD-C6B76294C291.svs': case, 'TCGA-3C-AALI-01A-01-TSA.x.svs': case,
    'tcga.3c.aali.01a': case,
    'TCGA-3C-AALI.h5': case, 'P1': 'P1', 'p1': 'p1', ' P1': 'P1', 'P 1': 'P 1', 'P1\t': 'P1', '001': '001', '0': '0',
    '7': '7', '7.0': '7', '7.00': '7', '07.0': '07', '7.5': '7.5',
    '1e5': '1e5', 'Mu\u0308ller': 'M\u00fcller', 'M\u00fcller': 'M\u00fcller', '患者7': '患者7', 'A/B': 'A/B',
    '../P1': '../P1', '-1': '-1', 'P1,P2': 'P1,P2', "O'Neil": "O'Neil",
    'TCGAX': 'TCGAX', 'XTCGA-3C-AALI': 'XTCGA-3C-AALI', '=1+1': '=1+1', '[Case 1]': '[Case 1]', 'Nan Li': 'Nan Li',
    'None-1': 'None-1', 'NA12878': 'NA12878', 'true': 'true'}
others = [(7,'7'), (7.,'7'), (7.5,'7.5'), (np.int64(7),'7'), (np.float32(7),'7'),
    (np.float64(1e15),'1000000000000000'), (True,'True'), (12345678901234567890,'12345678901234567890'),
    (None,None), (float('nan'),None), (pd.NA,None), (pd.NaT,None), (np.nan,None), ('',None), ('  ',None),
    ('nan',None), ('N/A',None), ('[Not Available]',None), ('Unknown',None), ('\u200b',None)]
cut_short = ['TCGA', 'TCGA-', 'TCGA-3C', 'TCGA-3C-', 'TCGA-3C-AAL', 'TCGA-3C-AALIX', 'TCGA-3C-AALI_x', 'TCGA-3C_AALI',
    'TCGA--AALI', 'TCGA-3C-AALI-1', 'TCGA- 3C-AALI',
    'TCGA-3Ç-AALI', 'TCGA-3C-AALI 01', 'TCGA‐3C‐AALI', 'TCGA−3C−AALI']

# two names that one person wrote in two tables: near enough to be told, or not
near = [('P1','p1'), ('P-1','P_1'), ('P.1','P-1'), ('P 1','P1'), ('P01','P1'), ('0060','60'), ('P--1','P-1'),
    ('Ｐ1','P1'), ('ABC_001','abc-1'), ('P1 a','P1a'), ('STRASSE1','straße1'), ('ﬁ1','fi1'),
    ('P\u00a01','P1'), ('S-001-B','s.1.b')]
apart = [('P1','P2'), ('P10','P1'), ('P1','P11'), ('P-1-1','P-11'), ('A1','B1'), ('P1a','P1b'), ('P1','1'),
    ('100','1'), ('P1.5','P15'), ('x','')]

def _names():
    for i,(name,want) in enumerate(same.items()):
        yield Case('ids', f'case of {i}: {name!r}', lambda _,n=name: case_name(n), lambda got,w=want: got==w)
    for i,(o,want) in enumerate(others):
        yield Case('ids', f'case of cell {i}: {o!r}', lambda _,n=o: case_name(n), lambda got,w=want: got==w)
    for name in cut_short:
        hyphen = name[4:5]=='-'
        yield Case('ids', f'barcode cut short: {name!r}', lambda _,n=name: parse_barcode(n), Error(name, 'barcode', 'expected'))
        yield Case('ids', f'case of barcode cut short: {name!r}', lambda _,n=name: case_id(n),
            Error(name, 'expected') if hyphen else lambda got,n=name: got==n)

def _near():
    for a,b in near:
        yield Case('ids', f'near: {a!r} and {b!r}', lambda _,a=a,b=b: near_misses([a],[b]), lambda got,a=a,b=b: got==[(a,b)])
        yield Case('ids', f'cohort of {a!r} and {b!r}', lambda _,a=a,b=b: _two_tables(a, b),
            Error(case_name(a), case_name(b), 'nearly'))
    for a,b in apart: yield Case('ids', f'apart: {a!r} and {b!r}', lambda _,a=a,b=b: near_misses([a],[b]), lambda got: got==[])
    yield Case('ids', 'near names are told in the audit', lambda _: _two_tables('P1', 'p1', 'P2'),
        lambda c: 'p1' in c.audit.reason.str.cat() or 'p1' in list(c.audit.case_id))

def _two_tables(a, b, both=None):
    "A cohort whose clinical table says `a`, its expression `b`"
    mine,its = ([o,both] if both else [o] for o in (a,b))
    x = pd.DataFrame(np.arange(4.*len(its)).reshape(len(its),4)+.5, its, ['TP53','EGFR','MYC','PTEN'])
    return Cohort('c', pd.DataFrame(dict(case_id=mine, grade='G1')), x)

kinds = {'TCGA-3C-AALI-11A': 'normal tissue', 'TCGA-3C-AALI-10A-01D': 'normal tissue',
    'TCGA-3C-AALI-20A': 'a control', 'TCGA-3C-AALI-01A-01-TSA': 'a frozen slide', 'TCGA-3C-AALI-01A-01-BS1.x': 'a frozen slide',
    'TCGA-3C-AALI-11A-01-TS1': 'normal tissue', 'TCGA-3C-AALI-01Z-00-DX1': '', 'TCGA-3C-AALI-06A': '',
    'TCGA.3C.AALI.11A': 'normal tissue', 'P1-11A': '', 'TCGA-3C-AALI': ''}

def _kinds():
    for name,want in kinds.items():
        yield Case('ids', f'tissue of {name}', lambda _,n=name: (other_tissue(n), is_tumour_sample(n)), lambda got,
            w=want: got==(w, not w))
    for o in ('NA','na','N/A',' ','[unknown]','--',None,float('nan'),'\ufeff'):
        yield Case('ids', f'missing: {o!r}', lambda _,o=o: is_missing(o), lambda got: got is True)
    for o in (0,'0',False,'no','none of them','nada','---','P1',[],np.array([1.])):
        yield Case('ids', f'not missing: {o!r}', lambda _,o=o: is_missing(o), lambda got: got is False)

def _cohorts():
    df = pd.DataFrame(dict(case_id=['a','b'], g=['x','y']))
    feats = {s: np.ones((3,4), np.float32) for s in ('a_1','b_1')}
    def bags(case_of): return lambda _: Cohort('c', df, bags=MemoryStore(feats, case_of=case_of))
    yield Case('ids', 'slides without a rule', bags(case_id), Error('a_1', 'case_of'))
    yield Case('ids', 'slides by a function', bags(lambda s: s[0]), lambda c: c.cases==['a','b'])
    yield Case('ids', 'slides by a dict that lacks one', bags({'a_1':'a'}), Error('b_1', 'case_of'))
    yield Case('ids', 'a rule that raises', bags(lambda s: int(s)), Error('a_1', 'case_of'))
    yield Case('ids', 'a rule that gives numbers', bags({'a_1':1,'b_1':2}), Error('1', ('str','text')))
    yield Case('ids', 'a rule that gives NaN', bags({'a_1':'a','b_1':float('nan')}), Error('b_1', 'case'))
    yield Case('ids', 'a rule that gives an empty name', bags({'a_1':'a','b_1':''}), Error('b_1', 'case'))
    yield Case('ids', 'a rule that gives blanks around', bags({'a_1':'a ','b_1':'b'}), lambda c: c.cases==['a','b'])
    yield Case('ids', 'slides of a table',
        lambda _: SlideCases(pd.DataFrame(dict(case_id=['x',None], slide_id=['s1.svs','s2.svs'])))('s1'), lambda got: got=='x')
    yield Case('ids', 'numbers as index', lambda _: Cohort('c', df.drop(columns='case_id').set_axis([1,2])),
        lambda c: c.cases==['1','2'])
    yield Case('ids', 'no case column', lambda _: Cohort('c', df.drop(columns='case_id')), Error('case_id', "case='patient'"))
    yield Case('ids', 'an index of two levels', lambda _: Cohort('c', df.set_index(['case_id','g'])), Error(('case_id','index')))
    yield Case('ids', 'nothing at all', lambda _: Cohort('c'), lambda c: len(c)==0)
    yield Case('ids', 'an empty table', lambda _: Cohort('c', df.iloc[:0]), lambda c: len(c)==0)
    yield Case('ids', 'unknown cases in a subset', lambda _: Cohort('c', df).subset(['a','z']), Error('c', 'z'))
    yield Case('ids', 'an empty subset', lambda _: Cohort('c', df).subset([]), Error('without any case'))

def cases():
    yield from _names()
    yield from _near()
    yield from _kinds()
    yield from _cohorts()

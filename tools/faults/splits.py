"""Folds that leak, double, name strangers, or lie in a file of another form."""
from functools import partial
import numpy as np, pandas as pd
from case import Case,Error
from mmpath.data.clinical import Target
from mmpath.data.cohort import Cohort
from mmpath.data.splits import Fold,Splits,inner_split,kfold,leaked_cases,read_splits
from mmpath.evaluate.cross import check_folds,check_preds,cross_validate,result_key
from mmpath.evaluate.rows import Job,Row,clinical_row,linear_row

people = [f'c{i:02d}' for i in range(40)]
rng = np.random.default_rng(1)
clinical = pd.DataFrame(dict(case_id=people, age=rng.normal(60,9,40), sex=rng.permutation(['m','f']*20),
    grade=['G1','G2','G2','G3']*10, patient=[f'p{i//2}' for i in range(40)], one='x',
    many=[f'v{i}' for i in range(40)], months=rng.exponential(30,40)+1, died=[1,0]*20, gap=[1.]+[None]*39))
cohort = Cohort.from_files(clinical, name='mine', endpoints={'OS':('months','died','months')}, covariates=['age','sex'])
target = cohort.target('OS')
def fold(name='f', train=people[:20], test=people[20:30], valid=people[30:]): return Fold(name, train, test, valid)

def _folds():
    def case(name, do, expect): return Case('splits', f'fold: {name}', lambda _: do(), expect)
    yield case('as it should be', fold, lambda f: len(f.cases)==40)
    yield case('no training case', lambda: fold(train=[]), Error('fold f', 'train'))
    yield case('no test case', lambda: Splits([fold(test=[])]), Error('fold f', 'test'))
    yield case('a case on both sides', lambda: fold(test=['c00','c21']), Error('fold f', 'c00', 'both sides'))
    yield case('a case in test and validation', lambda: fold(valid=['c21']), Error('fold f', 'c21', 'both sides'))
    yield case('a case in train and validation', lambda: fold(valid=['c01']), Error('fold f', 'c01', 'both sides'))
    yield case('a case twice in train', lambda: fold(train=['c00','c00']), Error('fold f', 'c00', 'more than once'))
    yield case('arrays', lambda: fold(train=np.array(people[:20]), test=pd.Index(people[20:]), valid=()),
        lambda f: f.train==people[:20] and f.test==people[20:])
    yield case('cut to nobody in test', lambda: fold().restrict(people[:20]), Error('fold f', 'test'))
    yield case('cut to nobody in train', lambda: fold().restrict(people[20:]), Error('fold f', 'train'))
    yield case('cut to nobody in validation', lambda: fold().restrict(people[:30]), Error('fold f', 'valid'))
    yield case('a text instead of a list', lambda: fold(train='c00'), Error('fold f', ('train','list')))
    yield case('one number as case', lambda: Splits([fold(train=[1,2])]).check(cohort), Error('fold f', '1'))

def check(folds, **kw): return lambda _: Splits(folds).check(kw.pop('of', cohort) if kw else cohort, **kw)
half = [Fold(0, people[20:], people[:20]), Fold(1, people[:20], people[20:])]

def _checks():
    def case(name, folds, expect, **kw): return Case('splits', f'check: {name}',
        lambda _: Splits(folds).check(cohort, **kw), expect)
    yield case('as it should be', half, lambda t: len(t)==0)
    yield case('none', [], Error('no folds', 'give'))
    yield case('two of a name', [half[0],Fold(0,people[:20],people[20:])], Error('called 0', 'name of its own'))
    yield case('one test set twice', [half[0],Fold(1,people[20:],people[:20])], Error('c00', 'repeated=True'))
    yield case('one test set twice, said', [half[0],Fold(1,people[20:],people[:20])], lambda t: len(t)==40, repeated=True)
    yield case('a stranger', [Fold(0,people[1:20]+['z9'],people[20:])], Error('fold 0', 'z9', 'restrict'))
    yield case('a near name', [Fold(0,people[1:20]+['C00'],people[20:])], Error('fold 0', 'C00', "nearly 'c00'"))
    yield case('patients on both sides', [Fold(0,people[1:],people[:1])], Error('fold 0', 'c01', 'one side'), patient='patient')
    yield case('patients by a function', [Fold(0,people[1:],people[:1])], Error('fold 0', 'one side'), patient=lambda c: 'p')
    yield case('patients by a dict that lacks one', half, Error('c00', 'every case'), patient={'c01':'p'})
    yield case('patients by an unknown column', half, Error('doctor', 'column'), patient='doctor')
    yield case('patients by a column with gaps', half, Error('c01', 'every case'), patient='gap')
    yield case('patients by a number', half, Error('patient'), patient=5)
    leaky = Fold(0, people[20:], people[:20])
    leaky.train.append('c00')
    yield case('a leak made later', [leaky], Error('fold 0', 'c00', 'both sides'))
    yield case('who is not held out', [half[0]], lambda t: len(t)==20 and 'no test part' in t.reason[0])
    yield Case('splits', 'check: of a list of cases', lambda _: Splits(half).check(people[:30]), Error('c30', 'not in the cohort'))

def _made():
    "Folds that mmpath makes"
    def case(name, do, expect): return Case('splits', f'made: {name}', lambda _: do(), expect)
    whole = lambda s: sorted(c for f in s for c in f.test)==people
    yield case('five', lambda: kfold(target), whole)
    for n in (1,0,-1): yield case(f'{n} folds', lambda n=n: kfold(target, n), Error(f'{n} folds', '2'))
    for n in (2.5,'5',None): yield case(f'{n!r} folds', lambda n=n: kfold(target, n), Error(('fold',), ('number','2')))
    yield case('more folds than events', lambda: kfold(target, 30), Error('30 parts', 'fewer folds'))
    yield case('a rare class', lambda: kfold(pd.Series(['a']*39+['b'], people), 5), Error('b', 'fewer folds'))
    yield case('no case', lambda: kfold(pd.Series([], dtype=object)), Error(('case','label')))
    yield case('sites', lambda: kfold(target, 2, site=pd.Series([f's{i%4}' for i in range(40)], people)), whole)
    yield case('one site', lambda: kfold(target, 5, site=pd.Series('s', people)), Error('1 sites', 'fewer folds'))
    yield case('one large site', lambda: kfold(target, 4, site=pd.Series(['s']*37+['t','u','v'], people)),
        (Error('fewer folds'), whole))
    yield case('a site missing', lambda: kfold(target, 2, site=pd.Series(['s','t']*19, people[:38])), Error('c38', 'site=None'))
    yield case('inner split', lambda: inner_split(half[0], target), lambda f: f.test==people[:20] and 2<=len(f.valid)<=6)
    for v in (0,1,-1,2,float('nan')):
        yield case(f'a share of {v}', lambda v=v: inner_split(half[0], target, v), Error('frac', 'between'))
    yield case('training cases without a label', lambda: inner_split(Fold(0,['z']+people[20:],people[:20]), target),
        Error('z', 'restrict'))
    yield case('a tiny share', lambda: inner_split(half[0], target, .001),
        (Error('fold 0', ('valid','frac')), lambda f: len(f.valid)>0))
    y = pd.DataFrame(dict(time=1., event=0), people)
    yield case('nobody had the event', lambda: kfold(Target('OS','survival',y), 2), Error('no event', 'fold'))
    yield case('labels that are missing', lambda: kfold(pd.Series([None]*10+['a','b']*15, people), 2),
        (Error(('missing','label')), lambda s: 'c00' not in s.cases))

def text(rows, head='fold,split,case_id'): return head+'\n'+'\n'.join(rows)+'\n'
long = [f'{k},{"test" if i%2==k else "train"},c{i:02d}' for k in (0,1) for i in range(8)]
files = {
    'long': (text(long), lambda s: len(s)==2 and len(s[0].test)==4), 'a leak': (text([*long,'0,train,c00']),
    Error('t.csv', 'c00', "leaks='drop'")), 'an unknown split word': (text([*long,'0,holdout,c09']),
    Error('t.csv', 'holdout', 'train, val')),
    'no case': (text([*long,'0,train,']), Error('t.csv', 'row 16', 'take them out')),
    'no split column': (text(['0,c00'], 'fold,name'), Error('t.csv', 'fold, split, case_id')),
    'other columns': (text(['1,2'], 'a,b'), Error('t.csv', 'fold, split, case_id')),
    'no test side': (text(['0,train,a','0,train,b']), Error('fold 0', 'test')),
    'no train side': (text(['0,test,a','0,test,b']), Error('fold 0', 'train')),
    'one row twice': (text([*long,long[0]]), lambda s: len(s[0].test)==4),
    'capitals': (text([o.upper() for o in long], 'FOLD,SPLIT,CASE_ID'), lambda s: len(s)==2),
    'blanks': (text([o.replace(',',' , ') for o in long]), lambda s: len(s)==2 and s[0].test[0]=='c00'),
    'several cohorts': (text([f'x,{o}' for o in long]+[f'y,{o}' for o in long], 'cohort,fold,split,case_id'),
    Error('t.csv', 'say which', 'x')),
    'wide': ('train,val,test\nc00,c02,c03\nc01,,\n', lambda s: s[0].valid==['c02'] and s[0].test==['c03']),
    'wide, a leak': ('train,val,test\nc00,c02,c00\n', Error('t.csv', 'c00')),
    'wide, without test': ('train,val\nc00,c02\n', lambda s: s[0].test==['c02']),
    'CLAM descriptor': (',train,val,test\nG1,5,2,3\nG2,5,2,3\n', Error('t.csv', 'splits_0.csv')),
    'truth values': ('id,train,test\nc00,True,False\nc01,False,True\n',
    lambda s: s[0].train==['c00'] and s[0].test==['c01']),
    'truth on both sides': ('id,train,test\nc00,True,True\nc01,False,True\nc02,True,False\n', Error('t.csv', 'c00')),
    'a column a fold': ('case_id,fold_0,fold_1\nc00,train,test\nc01,test,train\n',
    lambda s: [f.test for f in s]==[['c01'],['c00']]),
    'a column a fold, odd word': ('case_id,fold_0,fold_1\nc00,train,test\nc01,test,2\n', Error('t.csv', '2', 'train, val')),
    'numbers of folds': ('case_id,fold\nc00,0\nc01,1\nc02,1\n', lambda s: [f.test for f in s]==[['c00'],
    ['c01','c02']]), 'numbers, one fold': ('case_id,fold\nc00,0\nc01,0\n', Error('fold 0', 'train')),
    'numbers, a gap': ('case_id,fold\nc00,0\nc01,1\nc02,\n', Error('t.csv', ('fold','c02'))),
    'a fold without name': (text([*long,',train,c09']), Error('t.csv', 'fold')),
    'slides as names': (text([o.replace('c0','TCGA-AA-000').replace('\n','')+'-01Z-00-DX1.svs' for o in long]),
    lambda s: s[0].test[0]=='TCGA-AA-0000'),
    'two samples of one case': (text(['0,train,TCGA-AA-0001-01A','0,test,TCGA-AA-0001-06A','0,train,TCGA-AA-0002']),
    Error('t.csv', 'TCGA-AA-0001')),
    'a barcode cut short': (text(['0,train,TCGA-AA','0,test,TCGA-AA-0001']), Error('TCGA-AA', ('case_of','barcode'))),
    'folds 1.0 and 1': (text(['1.0,train,a','1,test,b']), (Error('fold'), lambda s: len(s)==1))}

def _read(content, folder, **kw):
    (folder/'t.csv').write_text(content)
    return read_splits(folder/'t.csv', **kw)

def _files():
    for name,(content,expect) in files.items(): yield Case('splits', f'file: {name}', partial(_read, content), expect)
    leak = text([*long,'0,train,c00'])
    yield Case('splits', 'file: a leak dropped', partial(_read, leak, leaks='drop'),
        lambda s: 'c00' not in s[0].train and 'c00' in list(s.audit.case_id))
    yield Case('splits', 'file: a word for leaks', partial(_read, leak, leaks='ignore'), Error('leaks', 'drop'))
    yield Case('splits', 'file: no such cohort',
        partial(_read, text([f'x,{o}' for o in long], 'cohort,fold,split,case_id'), cohort='z'), Error('t.csv', "'z'", 'x'))
    yield Case('splits', 'file: who leaks', lambda f: ((f/'t.csv').write_text(leak), leaked_cases(f/'t.csv'))[1],
        lambda got: got=={'0':['c00'],'1':[]})
    yield Case('splits', 'file: an empty folder', lambda f: read_splits(f), Error('work', 'csv'))
    yield Case('splits', 'file: a folder of folds',
        lambda f: ([(f/f'splits_{k}.csv').write_text(f'train,test\na,b\nc,{k}\n') for k in (0,1)], read_splits(f))[1],
        lambda s: [o.name for o in s]==['0','1'])
    yield Case('splits', 'file: a folder, one broken', lambda f: ((f/'splits_0.csv').write_text('train,test\na,b\n'),
        (f/'splits_1.csv').write_text(''), read_splits(f))[2], Error('splits_1.csv', 'empty'))

def preds(cases=people[:20], **kw): return pd.DataFrame(dict(risk=np.arange(float(len(cases))))|kw, index=cases)
job = Job(cohort, target, half[0], 0, [12.,24.])
row = Row('mine', ['clin'], lambda job: (preds(), None))

def _cross():
    def case(name, do, expect): return Case('splits', f'cross: {name}', lambda _: do(), expect)
    yield case('folds of strangers', lambda: check_folds(Splits([Fold(0,['z'],['y'])]), cohort), Error('z', 'restrict'))
    yield case('no rows', lambda: cross_validate(cohort, 'OS', rows=[]), Error('rows'))
    yield case('two rows of a name', lambda: cross_validate(cohort, 'OS', rows=[row,row]), Error('mine', 'its own'))
    yield case('no such target', lambda: cross_validate(cohort, 'PFS', rows=[row]), Error('PFS', 'OS'))
    yield case('target as covariate', lambda: cross_validate(cohort.with_(covariates=['months']), 'OS',
        rows=[clinical_row()]), Error('months', 'leave it out'))
    yield case('event as covariate', lambda: cross_validate(cohort.with_(covariates=['died']), 'OS',
        rows=[clinical_row()]), Error('died', 'leave it out'))
    yield case('class as covariate', lambda: cross_validate(cohort, 'sex', rows=[clinical_row()]), Error('sex', 'leave it out'))
    yield case('a row without expression', lambda: cross_validate(cohort, 'OS', rows=[linear_row()]), Error('mine', 'expr'))
    yield case('no way to fit', lambda: cross_validate(cohort, 'OS', Splits(half), rows=[Row('mine',['clin'])]),
        Error('mine', 'fit'))
    yield case('a part of an unknown name', lambda: cross_validate(cohort, 'OS',
        rows=[Row('mine',['genes'], row.fitter)]), Error('part', 'genes', 'choose'))
    for n in (0,1,-2):
        yield case(f'{n} folds', lambda n=n: cross_validate(cohort, 'OS', n_folds=n, rows=[clinical_row()]), Error(f'{n} folds'))
    yield case('no seeds', lambda: cross_validate(cohort, 'OS', Splits(half), rows=[clinical_row()], seeds=()), Error('seed'))
    yield case('no folds given', lambda: cross_validate(cohort, 'OS', Splits([]), rows=[clinical_row()]), Error('no folds'))
    yield case('as it should be', lambda: cross_validate(cohort, 'OS', Splits(half), rows=[clinical_row()],
        n_boot=20), lambda r: len(r.table)>0)
    yield case('predictions', lambda: check_preds(row, job, preds()), lambda got: got is None)
    bad = dict(missing=preds(people[:19]), strangers=preds([*people[:19],'z']), twice=preds([*people[:19],people[0]]),
        no_risk=preds().rename(columns=dict(risk='r')), NaN=preds(risk=[float('nan')]*20),
        infinite=preds(risk=[float('inf')]*20), words=preds(risk=['high']*20), NaN_survival=preds(surv_12=float('nan')))
    for name,p in bad.items():
        yield case(f'predictions: {name}', lambda p=p: check_preds(row, job, p), Error("'mine'", 'fold 0'))
        yield case(f'a row whose predictions are {name}', lambda p=p: cross_validate(cohort, 'OS', Splits(half[:1]),
            rows=[Row('mine',['clin'], lambda job: (p, None))], n_boot=20), Error("'mine'", 'fold 0'))
    for name,p in (('None',None), ('a list',[1,2]), ('a frame alone',preds())):
        yield case(f'a row gives {name}', lambda p=p: cross_validate(cohort, 'OS', Splits(half[:1]),
            rows=[Row('mine',['clin'], lambda job: p)], n_boot=20), Error("'mine'"))
    changes = {'age of one case': lambda j: j._replace(cohort=cohort.with_(clinical=cohort.clinical.assign(age=cohort.clinical.age+1))),
        'time of one case': lambda j: j._replace(target=Target('OS','survival',
        target.y.assign(time=target.y.time+1))), 'the fold': lambda j: j._replace(fold=half[1]),
        'the seed': lambda j: j._replace(seed=1), 'horizons': lambda j: j._replace(horizons=[12.])}
    for name,f in changes.items():
        yield case(f'key after a change of {name}', lambda f=f: (result_key(clinical_row(), job),
            result_key(clinical_row(), f(job))), lambda got: got[0]!=got[1])
    yield case('key of the same', lambda: (result_key(clinical_row(), job), result_key(clinical_row(), job)),
        lambda got: got[0]==got[1])
    yield case('key of another penalty', lambda: (result_key(clinical_row(), job),
        result_key(clinical_row(penalty=9.), job)), lambda got: got[0]!=got[1])
    for name in ('cut','empty','text','another'):
        yield Case('splits', f'cross: a finished part, {name}', partial(_part_broken, name), lambda got: got)

def _part_broken(how, folder):
    "A broken finished part is computed again, to the same result"
    def run(): return cross_validate(cohort, 'OS', Splits(half), rows=[clinical_row()], n_boot=20, path=folder/'parts').table
    first = run()
    part = sorted((folder/'parts').glob('*.parquet'))[0]
    b = part.read_bytes()
    if how=='another': pd.DataFrame(dict(a=[1])).to_parquet(part)
    else: part.write_bytes(dict(cut=b[:len(b)//2], empty=b'', text=b'hello')[how])
    return first.equals(run())

def cases():
    yield from _folds()
    yield from _checks()
    yield from _made()
    yield from _files()
    yield from _cross()

"""Cells: words for events, words among numbers, units, dates, outcomes that nobody can have."""
from decimal import Decimal
from functools import partial
import numpy as np, pandas as pd
from case import Case,Error
from mmpath.data.clinical import Covariates,Target,TimeBins,covariate_values,survival_endpoint,tcga_endpoints
from mmpath.data.cohort import Cohort
from mmpath.rna.expression import Expression,Scaler,read_expression
from mmpath.tables.values import as_numbers,clean_column,event_flag

nan = float('nan')
# name -> cells of a status column, and what they are (1, 0, nan)
statuses = {
    'numbers': ([1,0,1], [1,0,1]), 'floats': ([1.,0.,nan], [1,0,nan]), 'truth': ([True,False,True], [1,0,1]),
    'text numbers': (['1','0','1.0'], [1,0,1]), 'truth and none': ([True,False,None], [1,0,nan]),
    'TRUE/FALSE': (['TRUE','FALSE',''], [1,0,nan]),
    'T.T of numbers': (pd.Series([1,0,1], dtype=object), [1,0,1]), 'Int64': (pd.Series([1,0,None], dtype='Int64'), [1,0,nan]),
    'boolean': (pd.Series([True,None,False], dtype='boolean'), [1,nan,0]),
    'category': (pd.Series(['dead','alive','dead'], dtype='category'), [1,0,1]),
    'category of numbers': (pd.Series([1,0,1], dtype='category'), [1,0,1]),
    'string type': (pd.Series(['Dead','Alive',None], dtype='string'), [1,0,nan]),
    'Alive/Dead': (['Alive','Dead','Dead'], [0,1,1]), 'LIVING/DECEASED': (['LIVING','DECEASED','living'], [0,1,0]),
    '0:LIVING': (['0:LIVING','1:DECEASED','0:LIVING'], [0,1,0]), 'DFS': (['0:DiseaseFree','1:Recurred/Progressed',''], [0,1,nan]),
    'PFS': (['0:CENSORED','1:PROGRESSION','[Not Available]'], [0,1,nan]),
    'DSS': (['0:ALIVE OR DEAD TUMOR FREE','1:DEAD WITH TUMOR','NA'], [0,1,nan]),
    'prefix with blanks': (['0 : whatever','1: something','1:x'], [0,1,1]), 'yes/no': (['yes','no','Y'], [1,0,1]),
    'n/y in capitals': (['N','Y','N'], [0,1,0]),
    'blanks around': ([' Dead ','Alive\t','dead\n'], [1,0,1]), 'hard blanks': (['\u00a0Dead','Alive\u00a0','Dead'], [1,0,1]),
    'zero width': (['\u200bDead','Alive\ufeff','Dead'], [1,0,1]), 'relapse words': (['relapse','disease free','recurred'], [1,0,1]),
    'missing words': (['Dead','[Not Available]','unknown'], [1,nan,nan]),
    'missing signs': (['1','--','.'], [1,nan,nan]), 'Excel errors': (['1','#N/A','#DIV/0!'], [1,nan,nan])}

# words that say neither: the error has to name the column and the word
unclear = ['tot','lebt','décédé','vivant','muerto','X','maybe','1;DECEASED','Dead?','lost to follow-up',
    'Died of Other Causes','event=1','+','✝',
    'perdu de vue','2020-01-05','alive 2019','dead/alive','01:DEAD','AWD','NED','DOD','on','off','Tod','da','nej',
    'n.a','1|DEAD','true-ish']

def _flags(cells): return event_flag(pd.Series(cells) if not isinstance(cells,pd.Series) else cells, 'status')

def _same(want, got): return np.array_equal(np.asarray(got,float), np.asarray(want,float), equal_nan=True)

def _status_columns():
    for name,(cells,want) in statuses.items():
        yield Case('values', f'status: {name}', lambda _,c=cells: _flags(c), partial(_same, want))
    for word in unclear:
        cells = ['Dead','Alive']*6+[word]
        yield Case('values', f'status word {word!r}', lambda _,c=cells: _flags(c), Error('status', word, ('write 1 or 0',)))
    for name,codes in {'R codes':[1,2,1,2], 'fives':[5,0,5], 'minus one':[1,-1,0], 'shares':[.5,0,1],
        'codes 0 1 2':[0,1,2], 'codes 9':[0,1,9]}.items():
        df = pd.DataFrame(dict(case_id=[f'c{i}' for i in range(len(codes))], months=5., died=codes))
        yield Case('values', f'endpoint: events {name}', lambda _,d=df: survival_endpoint(d, 'months', 'died', name='OS'),
            Error('OS', 'died', 'c', '1 (it happened) or 0'))
    df = pd.DataFrame(dict(case_id=list('abc'), months=5., died=pd.to_datetime(['2020-01-01',None,None])))
    yield Case('values', 'endpoint: event is the date of death', lambda _: survival_endpoint(df, 'months', 'died',
        name='OS'), Error('OS', 'died'))

numbers = [str(40+i/2) for i in range(30)]
# words among numbers and what the remedy has to speak of
words = {'>89':'limits', '90+':'limits', '≥90':'limits', '<18':'limits', '<= 18':'limits', '> 89 ':'limits',
    '45,5':'commas', '1.234,5':('numbers','commas'), '12 months':'unit',
    '12mo':'unit', '3 years':'unit', '365d':'unit', '12 M':'unit', '2y':'unit', '1/5/2020':'dates',
    '2020-01-05':'dates', '05.01.2020':'dates', '20-1-5':'dates', 'fifty':'numbers',
    'ca. 50':'numbers', '50?':'numbers', '~50':'numbers', '50-60':'numbers', '5O':'numbers', 'l2':'numbers',
    '1 2':'numbers', '1_000':'numbers', '0x1A':'numbers', "50'":'numbers',
    '½':'numbers', '5e':'numbers', 'x':'numbers', 'adult':'numbers', 'True':'numbers', '#REF':'numbers',
    '=A1':'numbers', '12;5':'numbers', '50%':'numbers', '٥٠x':'numbers',
    'N.A.':'numbers', 'TBD':'numbers', 'pending':'numbers', 'withheld':'numbers', 'redacted':'numbers',
    'ﾅｼ':'numbers', '—':'numbers', '**':'numbers', '"50"':'numbers', 'k.A.':'numbers'}
gone = ['', ' ', 'NA', 'n/a', 'NaN', 'nan', 'None', 'NULL', '<NA>', '#N/A', '#VALUE!', '.', '-', '--', "'--", '?',
    'missing', 'Unknown', 'UNKNOWN ', '[Not Available]', '[Unknown]',
    '[Discrepancy]', 'not reported', 'Not Applicable', '[Pending]', '\u00a0', '\u200b', 'nil', '-nan', '[Completed]']
read_right = {'1e3':1000., ' 50 ':50., '+5':5., '-5':-5., '.5':.5, '5.':5., '007':7., '1E-3':.001, '５０':50., '50\u00a0':50.}

def _covariate(cells):
    df = pd.DataFrame(dict(age=cells), index=[f'c{i}' for i in range(len(cells))])
    return Covariates(['age']).fit(df).transform(df)

def _one_number(word):
    "A column of numbers as a covariate, one of them as `word`"
    return float(covariate_values('age', pd.Series([*numbers,word])).iloc[-1])

def _among_numbers():
    for word,about in words.items():
        cells = pd.Series([*numbers,word])
        yield Case('values', f'number word {word!r}', lambda _,c=cells: as_numbers(c, 'age'), Error('age', word.strip(), about))
        yield Case('values', f'covariate with {word!r}', lambda _,c=list(cells): _covariate(c), Error('age', word.strip(), about))
        df = pd.DataFrame(dict(case_id=[f'c{i}' for i in range(31)], months=cells, died=[1]*31))
        yield Case('values', f'follow-up with {word!r}', lambda _,d=df: survival_endpoint(d, 'months', 'died',
            name='OS'), Error('OS', 'months', word.strip(), about))
    for word in gone:
        cells = pd.Series([*numbers,word])
        yield Case('values', f'missing word {word!r}', lambda _,c=cells: as_numbers(c, 'age'),
            lambda x: x.isna().sum()==1 and np.isnan(x.iloc[-1]))
        yield Case('values', f'covariate missing as {word!r}', lambda _,c=list(cells): _covariate(c),
            lambda x: list(x)==['age','age missing'] and x['age missing'].sum()==1)
    for word,want in read_right.items():
        yield Case('values', f'number {word!r}', lambda _,w=word: as_numbers(pd.Series([*numbers,w]), 'age').iloc[-1],
            lambda x,w=want: x==w)

def _endpoint(**kw):
    "An endpoint of twelve cases, some columns replaced"
    unit = kw.pop('unit','months')
    df = pd.DataFrame(dict(case_id=[f'c{i}' for i in range(12)], months=np.arange(12)+3., died=[0,1]*6)|kw)
    return lambda _: survival_endpoint(df, 'months', 'died', unit, name='OS')

def _endpoints():
    t = np.arange(12)+3.
    def bent(i, v): return [v if k==i else o for k,o in enumerate(t)]
    def leaves(why): return lambda got: len(got[0])==11 and why in got[1].reason.iloc[0] and got[1].case_id.iloc[0]=='c4'
    for name,v,why in (('negative',-1.,'negative'), ('missing',nan,'missing'), ('infinite',float('inf'),'infinite'),
        ('minus infinite',-float('inf'),('infinite'))):
        yield Case('values', f'endpoint: {name} follow-up', _endpoint(months=bent(4,v)), leaves(why))
    yield Case('values', 'endpoint: event missing', _endpoint(died=[nan if i==4 else i%2 for i in range(12)]),
        leaves('event is missing'))
    yield Case('values', 'endpoint: days called months', _endpoint(months=t*300), Error('OS', 'days', 'unit='))
    yield Case('values', 'endpoint: days called years', _endpoint(months=t*300, unit='years'), Error('OS', 'unit='))
    yield Case('values', 'endpoint: hours called days', _endpoint(months=t*9000, unit='days'), Error('OS', 'unit='))
    yield Case('values', 'endpoint: years called days', _endpoint(months=t/4, unit='days'),
        lambda got: 'is unit=' in got[1].reason.iloc[0])
    yield Case('values', 'endpoint: weeks', _endpoint(months=t*52.178571, unit='weeks'),
        lambda got: np.allclose(sorted(got[0].time), t*12, rtol=1e-4))
    yield Case('values', 'endpoint: dates', _endpoint(months=pd.date_range('2020-01-01',periods=12)), Error('OS', 'dates'))
    yield Case('values', 'endpoint: durations', _endpoint(months=pd.to_timedelta(t, 'D')), Error('OS', 'days'))
    yield Case('values', 'endpoint: everything missing', _endpoint(months=[nan]*12), lambda got: len(got[0])==0 and len(got[1])==12)
    yield Case('values', 'endpoint: a case twice, differently',
        _endpoint(case_id=['c0','c0',*(f'c{i}' for i in range(2,12))]), Error('OS', 'c0', 'one row per case'))
    yield Case('values', 'endpoint: nobody has a name', _endpoint(case_id=[None]*12),
        lambda got: len(got[0])==0 and len(got[1])==12)
    yield Case('values', 'endpoint: an empty table',
        lambda _: survival_endpoint(pd.DataFrame(dict(case_id=[],months=[],died=[])), 'months', 'died'), lambda got: len(got[0])==0)
    yield Case('values', 'endpoint: complex numbers', _endpoint(months=t+1j), Error('OS', 'months'))
    tcga = pd.DataFrame(dict(case_id=['a','b'], os_days=['365','x'], os_event=[1,0]))
    yield Case('values', 'TCGA: a word among days', lambda _: tcga_endpoints(tcga), Error('OS', 'os_days', 'x', 'numbers'))

def _fit(col, **kw):
    df = pd.DataFrame(dict(x=col, **kw))
    return lambda _: Covariates(['x']).fit(df)

def _covariates():
    yield Case('values', 'covariate: all missing', _fit([None]*9), Error('x', 'leave it out'))
    yield Case('values', 'covariate: all words for missing', _fit(['NA','unknown']*9), Error('x', 'leave it out'))
    yield Case('values', 'covariate: infinite', _fit([1.,2.,float('inf')]*4), Error('x', 'infinite'))
    yield Case('values', 'covariate: infinite as text', _fit(['1','2','inf']*4), Error('x', 'infinite'))
    yield Case('values', 'covariate: ids', _fit([f'P{i}' for i in range(60)]), Error('x', '60 levels', 'leave it out'))
    yield Case('values', 'covariate: dates', _fit(pd.date_range('2020-01-01', periods=30)), Error('x', 'dates'))
    yield Case('values', 'covariate: dates as text', _fit([f'2020-01-{i:02d}' for i in range(1,31)]),
        Error('x', ('dates','levels')))
    yield Case('values', 'covariate: durations', _fit(pd.to_timedelta(range(30), 'D')), Error('x', 'days'))
    yield Case('values', 'covariate: lists', _fit([[1,2]]*9), Error('x', ('lists','one value')))
    yield Case('values', 'covariate: dicts', _fit([{'a':1}]*9), Error('x'))
    yield Case('values', 'covariate: complex', _fit(np.arange(9)+1j), Error('x'))
    yield Case('values', 'covariate: one value', lambda _: _covariate([5.]*9), lambda x: np.isfinite(x.to_numpy()).all())
    yield Case('values', 'covariate: decimal', lambda _: _covariate([Decimal(i) for i in range(9)]),
        lambda x: list(x)==['age'] and abs(x.age.sum())<1e-5)
    yield Case('values', 'covariate: numbers as objects',
        lambda _: _covariate(pd.Series(range(60), dtype=object).to_numpy()), lambda x: list(x)==['age'])
    yield Case('values', 'covariate: numbers as categories', lambda _: _covariate(pd.Categorical(range(60))),
        lambda x: list(x)==['age'])
    yield Case('values', 'covariate: spellings of a label', lambda _: _covariate([' G1','g1','G1','G2']*5),
        lambda x: x.shape[1]==1 and x.iloc[:,0].sum()==5)
    yield Case('values', 'covariate: unknown column', lambda _: Covariates(['y']).fit(pd.DataFrame(dict(x=[1]))),
        Error('y', 'columns are'))
    yield Case('values', 'covariate: not fitted', lambda _: Covariates(['x']).transform(pd.DataFrame(dict(x=[1]))), Error('fit'))
    train,new = pd.DataFrame(dict(x=['a','b']*5)),pd.DataFrame(dict(x=['a','c']))
    yield Case('values', 'covariate: a new level',
        lambda _: (c := Covariates(['x']).fit(train)).transform(new).iloc[1,0]==0 and bool(c.log), lambda ok: ok)
    yield Case('values', 'covariate: a word in new cases',
        lambda _: Covariates(['x']).fit(pd.DataFrame(dict(x=numbers))).transform(pd.DataFrame(dict(x=['old']))),
        Error('x', 'old', 'numbers'))
    yield Case('values', 'covariate: the column lacks in new cases',
        lambda _: Covariates(['x']).fit(train).transform(pd.DataFrame(dict(z=[1]))), Error('x', 'column'))
    yield Case('values', 'clean: a column of lists', lambda _: clean_column(pd.Series([[1],[2]])), Error('lists'))
    yield Case('values', 'target: lists in a clinical table',
        lambda _: Cohort('c', pd.DataFrame(dict(case_id=['a','b'], x=[[1],[2]]))), Error('x', 'lists'))

def _targets():
    y = pd.DataFrame(dict(time=[1.,2.], event=[1,0]), index=['a','b'])
    yield Case('values', 'target: another kind', lambda _: Target('OS', 'regression', y), Error('kind', 'survival'))
    yield Case('values', 'target: no event column', lambda _: Target('OS', 'survival', y[['time']]), Error('event', 'columns'))
    yield Case('values', 'target: R events', lambda _: Target('OS', 'survival', y.assign(event=[1,2])), Error('OS', 'subtract 1'))
    yield Case('values', 'target: event missing', lambda _: Target('OS', 'survival', y.assign(event=[1,nan])),
        Error('OS', 'leave out'))
    yield Case('values', 'target: time missing', lambda _: Target('OS', 'survival', y.assign(time=[1,nan])),
        Error('OS', 'b', 'leave these cases out'))
    yield Case('values', 'target: time negative', lambda _: Target('OS', 'survival', y.assign(time=[1,-1])),
        Error('OS', 'b', 'leave these cases out'))
    yield Case('values', 'target: unknown case', lambda _: Target('OS', 'survival', y).subset(['a','z']), Error('OS', 'z'))
    yield Case('values', 'bins: one', lambda _: TimeBins(1), Error('2'))
    yield Case('values', 'bins: no events', lambda _: TimeBins(4).fit([1,2,3],[0,0,0]), Error('event times'))
    yield Case('values', 'bins: one event time', lambda _: TimeBins(4).fit([2,2,3],[1,1,0]), Error('event times'))
    yield Case('values', 'bins: R events', lambda _: TimeBins(4).fit([1,2,3,4,5,6],[1,2,1,2,1,2]), Error('event', ('0','1')))
    yield Case('values', 'bins: NaN time', lambda _: TimeBins(4).fit([1,nan,3,4],[1,1,1,1]), Error('time', ('missing','leave')))
    yield Case('values', 'bins: not fitted', lambda _: TimeBins(4).transform([1]), Error('fit'))
    clinical = pd.DataFrame(dict(case_id=[f'c{i}' for i in range(30)], one=['x']*30,
        many=[f'v{i}' for i in range(30)], age=np.arange(30.)))
    for name,words in dict(one=['one','1 different'], many=['many','30 different','classes='], age=['age','groups'],
        nope=['nope','choose']).items():
        yield Case('values', f'class target of {name}', lambda _,n=name: Cohort('c', clinical).target(n), Error(*words))
    yield Case('values', 'class target: no such label', lambda _: Cohort('c', clinical).target('many', ['v1','w']),
        Error('many', 'w', 'labels are'))

genes,people = ['TP53','EGFR','MYC','PTEN'],['TCGA-AA-0001','TCGA-AA-0002','TCGA-AA-0003']
x = pd.DataFrame(np.arange(12).reshape(3,4)+.5, people, genes)

def _expr(change, kw=None):
    "Expression read from a csv of `x` after a change of its text"
    def do(folder):
        text = x.rename_axis('case').to_csv()
        (folder/'rna.csv').write_text(change(text), encoding='utf-8')
        return read_expression(folder/'rna.csv', **(kw or {}))
    return do

def _expressions():
    def case(name, change, expect, **kw): return Case('values', f'expression: {name}', _expr(change, kw), expect)
    yield case('as it should be', lambda t: t, lambda e: len(e)==3)
    for w in ('high','n.d.','<1','1;5','#REF','0x1','-inf?','1 000'):
        yield case(f'the word {w!r}', lambda t,w=w: t.replace('5.5',w),
            Error('rna.csv', 'EGFR', 'TCGA-AA-0002', ('leave it empty','drop')))
    for w in ('','NA','nan','null','[Not Available]'):
        yield case(f'a gap {w!r}', lambda t,w=w: t.replace('5.5',w), Error('EGFR', 'TCGA-AA-0002', "missing='drop'"))
        yield case(f'a gap {w!r} dropped', lambda t,w=w: t.replace('5.5',w), lambda e: e.genes==['TP53','MYC','PTEN'],
            missing='drop')
    for w in ('inf','1e999','1e39','-inf'):
        yield case(f'the number {w}', lambda t,w=w: t.replace('5.5',w),
            Error('EGFR', 'TCGA-AA-0002', ('infinite','leave it empty')))
    yield case('a case twice', lambda t: t.replace('0002','0001'), Error('TCGA-AA-0001', 'duplicates='))
    yield case('a case twice, mean', lambda t: t.replace('0002','0001'), lambda e: len(e)==2 and e.df.iloc[0,0]==2.5,
        duplicates='mean')
    yield case('a gene twice', lambda t: t.replace('EGFR','TP53'), Error('TP53', 'duplicates='))
    yield case('samples of one case', lambda t: t.replace('0001','0009-01A').replace('0002','0009-06A'),
        Error('TCGA-AA-0009', 'duplicates='))
    yield case('normal tissue', lambda t: t.replace('0001','0001-11A'), lambda e: e.cases==people[1:])
    yield case('a barcode cut short', lambda t: t.replace('TCGA-AA-0002','TCGA-AA'), Error('TCGA-AA', 'barcode'))
    yield case('unknown names', lambda t: t.replace('TCGA-AA-','P').replace('TP53','g1').replace('EGFR',
        'g2').replace('MYC','g3'), Error('P0001', 'orientation='))
    yield case('a wrong orientation word', lambda t: t, Error('orientation', 'case x gene'), orientation='cases')
    yield case('a wrong scale word', lambda t: t, Error('scale', 'counts'), scale='tpm')
    yield case('wrong duplicates', lambda t: t, Error('duplicates', 'mean'), duplicates='sum')
    yield case('no such gene', lambda t: t, Error('KRAS', 'never zero'), genes=['KRAS'])
    yield case('gene in lower case', lambda t: t, Error('tp53', 'capitals'), genes=['tp53'])
    yield case('large values', lambda t: t.replace('5.5','5000.5'), Error('scale='))
    yield case('Excel dates', lambda t: t.replace('MYC','2-Sep'), lambda e: 'SEPTIN2' in ' '.join(e.log.what))
    yield case('counting rows', lambda t: t.replace('MYC','N_unmapped'), lambda e: e.genes==['TP53','EGFR','PTEN'])
    for name,df,words in (('NaN', x.where(x>1), ['TP53']), ('a case twice', pd.concat([x,x]),
        ['TCGA-AA-0001','duplicates']), ('a gene twice', pd.concat([x,x],axis=1), ['TP53','duplicates'])):
        yield Case('values', f'Expression of a frame with {name}', lambda _,d=df: Expression(d), Error(*words))
    yield Case('values', 'Expression without cases', lambda _: Expression(x.iloc[:0]), Error(('case','empty','value')))
    yield Case('values', 'Expression of text', lambda _: Expression(x.astype(object).where(x!=.5,'high')), Error('TP53', 'high'))
    yield Case('values', 'cohort: expression of text',
        lambda _: Cohort('c', expr=x.astype(object).where(x!=.5,'high')), Error('TP53', 'high', 'TCGA-AA-0001'))
    for name,v in (('one dimension', np.arange(5.)), ('no case', np.zeros((0,3))),
        ('NaN', np.array([[1.,nan],[2.,3.]])), ('inf', np.array([[1.,float('inf')]]))):
        yield Case('values', f'scaler: {name}', lambda _,v=v: Scaler().fit(v), Error(('scaler','feature'), ('table','mend')))
    yield Case('values', 'scaler: other features', lambda _: Scaler().fit(x).transform(x.iloc[:,:2]), Error('MYC', 'select'))
    yield Case('values', 'scaler: another width of an array',
        lambda _: Scaler().fit(x.to_numpy()).transform(x.to_numpy()[:,:2]), Error('4', '2'))
    yield Case('values', 'scaler: not fitted', lambda _: Scaler().transform(x), Error('fit'))

def cases():
    yield from _status_columns()
    yield from _among_numbers()
    yield from _endpoints()
    yield from _covariates()
    yield from _targets()
    yield from _expressions()

"""Conditions on a table: half are questions, half are attacks."""
import numpy as np, pandas as pd
from case import Case,Error,Unsafe
from mmpath.data.cohort import Cohort
from mmpath.tables.query import safe_query

df = pd.DataFrame({'age':[40.,55.,60.,np.nan,71.], 'stage':['I','II','II','IV',None], 'os months':[1,2,3,4,5],
    'alive':[True,False,True,False,True],
    'oncotree_code':['GBM','LGG','GBM','AASTR','GBM'], 'eval':[1,2,3,4,5], 'str':['a','b','c','d','e'],
    'sum':[5,4,3,2,1], '@x':[1,0,1,0,1]},
    index=pd.Index([f'c{i}' for i in range(5)], name='case_id'))

asked = {
    'age>50': [1,2,4], 'age > 50 and stage == "II"': [1,2], "stage in ['I','II']": [0,1,2],
    "stage not in ['I','II']": [3,4], "stage=='I' or stage=='IV'": [0,3],
    'not alive': [1,3], '~alive': [1,3], 'alive': [0,2,4], 'alive and age>50': [2,4], 'alive & (age>50)': [2,4],
    '(age<50) | (age>70)': [0,4], '`os months`>2': [2,3,4],
    '`os months` + 1 > 5': [4], '40 < age < 60': [1], '40 <= age <= 60': [0,1,2], 'age.isna()': [3],
    'stage.notna()': [0,1,2,3], "stage.str.startswith('I')": [0,1,2,3],
    "oncotree_code.str.contains('A')": [3], "oncotree_code != 'GBM'": [1,3], 'age*2 > 120 - 10': [2,4],
    'age // 10 == 5': [1], '-age < -60': [4], 'eval == 3': [2], 'sum > 3': [0,1],
    "str == 'b'": [1], '`@x` == 1': [0,2,4], "index == 'c1'": [1], "case_id in ['c0','c4']": [0,4],
    'age == 55.0': [1], '  age > 50  ': [1,2,4], 'age != age': [3],
    'age in [40, 71]': [0,4], 'age in (40, 71)': [0,4], 'alive == True': [0,2,4], 'age % 10 == 0': [0,2],
    '(age>50)': [1,2,4], 'age > 1e1': [0,1,2,4], "stage == ['I','IV']": [0,3],
    "not (stage == 'II')": [0,3,4], 'age > 50 # and more': [1,2,4], 'not ' * 400 + 'alive': [0,2,4],
    'age > `os months`': [0,1,2,4], "stage > 'I'": [1,2,3]}

wrong = {
    '': (), ' ': (), 'age': ('age',), 'agee > 5': ('agee','columns'), 'age >': (), 'age = 5': (), 'age > 5 and': (),
    '5 > 3': ('column',), "'a' == 'a'": ('column',), 'stage > 5': (),
    'age > "old"': (), 'stage + 1 == 2': ('stage',), 'age and stage': ('condition',), 'age > 5; alive': (),
    'age ** 9 > 3': (), 'age is None': (), 'age if alive else sum': (),
    'in': (), '[age]': (), '{"a":1}': (), 'True': (), 'None': (), '1': (), 'age > 50,': (), 'alive + alive > 1': (),
    'age.foo()': (), 'age.str': (), "age.str.contains('a', regex=True)": (),
    "age.str.startswith(1)": (), 'age in age': (), "stage in 'I'": (), 'age.isna': (),
    '`no such` > 1': ('no such','columns'), '"unclosed': (), '`age > 5': (), 'age > 5\nage < 3': (),
    '(' * 300 + 'age' + ')' * 300 + '>1': (), 'age>1 or ' * 300 + 'age>1': (), 'age/0 > 1/0': (),
    'age > 10**1000': (), '1//0 < age': (), 'age < 9' + '9'*400: (), 'age > ١': (),
    'age > 5 and )': ()}

touch = "touch CANARY"
attacks = [
    "@pd.io.common.os.system('{t}')==1", "@__import__('os').system('{t}')==0", "__import__('os').system('{t}')",
    "age.to_csv('{p}')", "age.to_pickle('{p}')", "age.to_json('{p}') == 1",
    "@pd.read_pickle('evil.pkl')", "open('{p}','w')", "eval(\"open('{p}','w')\")", "exec('x')",
    "().__class__.__base__.__subclasses__()", "age.__class__", "age.__init__.__globals__['os'].system('{t}')",
    "stage.str.__class__", "age.pipe(print)", "age.apply(eval)", "age.map(lambda x: open('{p}','w'))",
    "[open('{p}','w') for x in [1]]", "(lambda: open('{p}','w'))()", "(x := open('{p}','w'))",
    "f\"{{open('{p}','w')}}\" == stage", "age.values.tofile('{p}')", "age.plot()", "age.to_hdf('{p}','x')",
    "stage.str.cat(sep='x')", "age.query('a')", "age[__import__('os').system('{t}')]",
    "age > open('{p}','w')", "stage in [open('{p}','w')]", "stage in ['a', *open('{p}')]",
    "age.isna(open('{p}','w'))", "age.isna(x=open('{p}','w'))", "stage.str.contains(open('{p}','w'))",
    "stage.str.contains('a').__class__", "`age.to_csv('{p}')` > 1", "@age", "age @ age", "age > 5 and @f()",
    "globals()['x']", "getattr(age, 'to_csv')('{p}')", "index.to_frame().to_csv('{p}')",
    "age.str.startswith.__globals__", "await age", "yield", "import os", "age; import os", "print(age)",
    "df.to_csv('{p}')", "self.df", "answer", "age.answer(1)", "stage.str.contains('(a+)+$')",
    "age > ' + __import__('os').system('{t}') + '", "\\u0040pd.read_pickle('x')", "＠pd", "age.ｔo_csv('{p}')",
    "age.\u200bto_csv('{p}')", "stage == b'{t}'", "stage == ...", "age > 1j"]

def _attacked(query):
    "Ask something that wants to write; what it could write lies outside the folder, and is looked for"
    def do(folder):
        canary = folder.parent/'CANARY'
        q = query.replace('{t}', f'touch {canary}').replace('{p}', str(canary)).replace('{{','{').replace('}}','}')
        made = lambda: canary.exists() or any(folder.iterdir())
        try: got = safe_query(df, q)
        except ValueError:
            if made(): raise Unsafe('the canary was made') from None
            raise
        if made(): raise Unsafe('the canary was made')
        return got
    return do

def _rows(q): return [int(o[1:]) for o in safe_query(df, q).index]

def cases():
    for q,want in asked.items(): yield Case('queries', f'asked: {q[:50]}', lambda _,q=q: _rows(q), lambda got,w=want: got==w)
    for i,(q,words) in enumerate(wrong.items()):
        yield Case('queries', f'wrong {i}: {q[:40]!r}', lambda _,q=q: safe_query(df, q), Error('query', *words))
    for i,q in enumerate(attacks):
        harmless = q=="stage.str.contains('(a+)+$')"
        yield Case('queries', f'attack {i}: {q[:50]!r}', _attacked(q), (lambda got: len(got)==0) if harmless else Error('query'))
    c = Cohort('mine', df)
    yield Case('queries', 'cohort: nobody', lambda _: c.query('age > 500'), Error('mine', 'finds none'))
    yield Case('queries', 'cohort: an attack', lambda _: c.query("@pd.read_pickle('x')"), Error('mine', '@'))
    yield Case('queries', 'cohort: no clinical table',
        lambda _: Cohort('mine', endpoints={'OS':pd.DataFrame(dict(time=[1.],event=[1]),index=['a'])}).query('age>1'),
        Error('mine', 'clinical'))
    yield Case('queries', 'cohort: no text', lambda _: c.query(None), Error('query'))
    yield Case('queries', 'cohort: who left is told', lambda _: c.query('age > 50').audit,
        lambda a: len(a)>=2 and 'not in: age > 50' in list(a.reason))

"""Tables in every shape that people write, read by each reader; and files that are no tables."""
import gzip,io,shutil,zipfile
from functools import partial
import numpy as np, pandas as pd
from case import Case,Error
from mmpath.data.cohort import Cohort,read_clinical
from mmpath.data.sources import load_cohort
from mmpath.data.splits import read_splits
from mmpath.data.synth import planted_cohort,write_cohort
from mmpath.rna.expression import read_expression
from mmpath.rna.genesets import GeneSets,gene_subspaces,read_gene_sets
from mmpath.tables.read import read_table
from mmpath.wsi.batch import slide_table

def written(rows, sep=',', eol='\n', encoding='utf-8', mark=b'', quote=False, end='', before='', after='', last=True, gz=False,
            decimal='.', quoted_names=False):
    "Rows of cells as the bytes of a text table"
    def cell(o, i):
        if decimal!='.' and o.replace('.','',1).isdigit(): o = o.replace('.', decimal)
        return f'"{o}"' if quote or (quoted_names and i==0) or sep in o else o
    lines = [sep.join(cell(o, i) for o in r)+end for i,r in enumerate(rows)]
    text = before+eol.join(lines)+(eol if last else '')+after
    out = mark+text.encode(encoding)
    return gzip.compress(out) if gz else out

# name -> ending, how it is written; every reader has to read all of these
shapes = {
    'plain': ('.csv', {}), 'tabs in tsv': ('.tsv', dict(sep='\t')), 'tabs in txt': ('.txt', dict(sep='\t')),
    'tabs in csv': ('.csv', dict(sep='\t')), 'commas in tsv': ('.tsv', {}), 'commas in txt': ('.txt', {}),
    'semicolons': ('.csv', dict(sep=';')), 'semicolons, decimal commas': ('.csv', dict(sep=';', decimal=',')),
    'tabs, decimal commas': ('.tsv', dict(sep='\t', decimal=',')), 'strokes': ('.txt', dict(sep='|')),
    'strokes in csv': ('.csv', dict(sep='|')), 'BOM': ('.csv', dict(mark=b'\xef\xbb\xbf')),
    'BOM, semicolons': ('.csv', dict(mark=b'\xef\xbb\xbf', sep=';')), 'BOM, tabs': ('.tsv', dict(mark=b'\xef\xbb\xbf', sep='\t')),
    'BOM, quotes': ('.csv', dict(mark=b'\xef\xbb\xbf', quote=True)), 'UTF-16': ('.csv', dict(encoding='utf-16')),
    'UTF-16, tabs': ('.txt', dict(encoding='utf-16', sep='\t')), 'UTF-16 LE without mark': ('.csv', dict(encoding='utf-16-le')),
    'UTF-16 BE without mark': ('.csv', dict(encoding='utf-16-be')), 'Windows letters': ('.csv', dict(encoding='cp1252')),
    'Windows letters, semicolons': ('.csv', dict(encoding='cp1252', sep=';', decimal=',')),
    'quotes': ('.csv', dict(quote=True)), 'quotes, tabs': ('.tsv', dict(quote=True, sep='\t')),
    'names quoted': ('.csv', dict(quoted_names=True)), 'Windows lines': ('.csv', dict(eol='\r\n')),
    'Windows lines, tabs': ('.tsv', dict(eol='\r\n', sep='\t')), 'old Mac lines': ('.csv', dict(eol='\r')),
    'no last newline': ('.csv', dict(last=False)), 'separator at each end': ('.csv', dict(end=',')),
    'tab at each end': ('.tsv', dict(sep='\t', end='\t')), 'semicolon at each end': ('.csv', dict(sep=';', end=';')),
    'empty lines after': ('.csv', dict(after='\n\n\n')), 'empty lines before': ('.csv', dict(before='\n\n')),
    'comments before': ('.csv', dict(before='#made by us\n#2024\n')), 'cBioPortal comments': ('.txt', dict(sep='\t',
        before='#Name\n#Said\n#STRING\n#1\n')), 'sep= line': ('.csv', dict(sep=';', before='sep=;\n')),
    'BOM and sep= line': ('.csv', dict(mark=b'\xef\xbb\xbf', sep=';', before='sep=;\n')),
    'gz': ('.csv.gz', dict(gz=True)), 'gz, tabs': ('.tsv.gz', dict(gz=True, sep='\t')),
    'gz, UTF-16': ('.csv.gz', dict(gz=True, encoding='utf-16')), 'gz without its ending': ('.csv', dict(gz=True)),
    'ending .gz, not packed': ('.csv.gz', {}), 'ending in capitals': ('.CSV', {}), 'a dot in its name': ('.v2.csv', {}),
    'Windows lines, BOM, quotes': ('.csv', dict(eol='\r\n', mark=b'\xef\xbb\xbf', quote=True, sep=';', decimal=','))}

clinical = [['case_id','age','grade','city','months','died'], ['P-01','61.5','G1','Köln','12.25','1'],
    ['P-02','70.5','G2','Örebro','3.5','0'], ['P-03','48.25','G1','Genève','30.75','1'], ['P-04','55.5','G3','Århus','8.5','0']]
expression = [['gene','TCGA-AA-0001','TCGA-AA-0002','TCGA-AA-0003'], ['TP53','1.5','2.25','0.5'], ['EGFR','7.25','0.0','3.5'],
    ['MYC','0.75','1.25','9.5'], ['PTEN','2.5','3.25','1.5']]
folds = [['fold','split','case_id'], *([str(k),'test' if i%2==k else 'train',f'Köln-{i:02d}'] for k in (0,1) for i in range(6))]
slides = [['slide','name','mpp'], ['a/Köln.svs','Köln','0.25'], ['b.svs','b','0.5'], ['c.svs','c','0.55']]
genesets = [['set','gene'], ['Köln tumour','TP53'], ['Köln tumour','EGFR'], ['stroma','COL1A1'], ['stroma','VIM']]

def _is_clinical(df):
    "What the clinical rows say, column by column"
    want = pd.DataFrame(clinical[1:], columns=clinical[0])
    numbers = all(np.allclose(df[c].astype(float), want[c].astype(float)) for c in ('age','months','died'))
    return list(df.columns)==clinical[0] and numbers and all(list(df[c])==list(want[c]) for c in ('case_id','grade','city'))

def _is_expression(e):
    want = np.array([r[1:] for r in expression[1:]], float).T
    return e.cases==expression[0][1:] and e.genes==['TP53','EGFR','MYC','PTEN'] and np.allclose(e.df, want)

def _is_folds(s):
    return [f.name for f in s]==['0','1'] and all(f.test==[f'Köln-{i:02d}' for i in range(6) if i%2==k] for k,f in enumerate(s))

def _is_slides(t):
    return list(t.name)==['Köln','b','c'] and list(t.mpp)==[.25,.5,.55] and t.path.iloc[0].endswith('a/Köln.svs')

def _is_genesets(g): return dict(g)=={'Köln tumour':['TP53','EGFR'], 'stroma':['COL1A1','VIM']}

readers = dict(clinical=(clinical, read_clinical, _is_clinical), expression=(expression, read_expression, _is_expression),
    folds=(folds, read_splits, _is_folds), slides=(slides, slide_table, _is_slides),
    genesets=(genesets, read_gene_sets, _is_genesets))

def _read_bytes(read, name, made, folder):
    "Write bytes (or call what writes) and read them"
    path = folder/name
    if callable(made): made(path)
    elif made is not None: path.write_bytes(made)
    return read(path)

def _well_formed():
    "Every shape for every reader"
    for who,(rows,read,right) in readers.items():
        for shape,(ending,how) in shapes.items():
            name,made = f't{ending}',written(rows, **how)
            yield Case('tables', f'{who}: {shape}', partial(_read_bytes, read, name, made), right)

def _xlsx(path):
    with zipfile.ZipFile(path, 'w') as z: z.writestr('xl/workbook.xml', '<workbook/>')

plain = written(clinical)
parquet = io.BytesIO()
pd.DataFrame(clinical[1:], columns=clinical[0]).to_parquet(parquet)
parquet = parquet.getvalue()

# name -> file, what lies in it, words of the error beside the file's name
broken = {
    'not there': ('gone.csv', None, ['looked in']), 'empty': ('t.csv', b'', ['empty']),
    'blanks alone': ('t.csv', b'  \n \n\t\n', ['empty']),
    'comments alone': ('t.csv', b'#a\n#b\n', ['empty']), 'a head alone': ('t.csv', b'case_id,age\n', ['no rows']),
    'a BOM alone': ('t.csv', b'\xef\xbb\xbf', ['empty']), 'a head alone, gz': ('t.csv.gz',
    gzip.compress(b'case_id,age\n'), ['no rows']),
    'empty gz': ('t.csv.gz', gzip.compress(b''), ['empty']), 'gz cut off': ('t.csv.gz', gzip.compress(plain*50)[:60], ['complete']),
    'gz with a wrong sum': ('t.csv.gz', gzip.compress(plain)[:-8]+b'\0'*8, ['complete']),
    'gz of garbage': ('t.csv.gz', b'\x1f\x8b'+b'garbage'*9, ['complete']),
    'a short row': ('t.csv', plain+b'P-09,1\n', ['line 6']), 'a long row': ('t.csv', plain+b'P-09,1,G1,x,1,1,1,1\n', ['line 6']),
    'a quote left open': ('t.csv', plain.replace(b'G2', b'"G2'), ['complete']),
    'a zero byte': ('t.csv', plain.replace(b'G2', b'G\0002'), ['damaged']),
    'columns named twice': ('t.csv', plain.replace(b'city', b'age'), ['age', 'once']),
    'Excel': ('t.csv', _xlsx, ['save its sheet as csv']),
    'old Excel': ('t.csv', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'+b'\0'*600, ['save its sheet as csv']),
    'xlsx by name': ('t.xlsx', _xlsx, ['table']), 'a web page': ('t.csv', b'<!DOCTYPE html><html></html>', ['downloaded']),
    'JSON': ('t.csv', b'{"case_id": ["a"]}', ['csv']), 'PDF': ('t.csv', b'%PDF-1.4\n%\xe2\xe3', ['csv']),
    'HDF5': ('t.csv', b'\x89HDF\r\n\x1a\n'+b'\0'*99, ['csv']),
    'parquet called csv': ('t.csv', parquet, ['.parquet']), 'csv called parquet': ('t.parquet', plain, ['parquet']),
    'parquet cut off': ('t.parquet', parquet[:len(parquet)//2], ['complete']), 'empty parquet': ('t.parquet', b'', ['complete']),
    'parquet with a hole': ('t.parquet', parquet[:40]+b'\0'*60+parquet[100:], ['complete']),
    'a folder called csv': ('t.csv', lambda p: p.mkdir(), ['csv']), 'another ending': ('t.dat', plain, ['csv']),
    'no ending': ('t', plain, ['csv']),
    'a link to nowhere': ('t.csv', lambda p: p.symlink_to('nowhere.csv'), ['looked in']),
    'thousands or decimals': ('t.csv', b'case_id;age\nP-1;1,234\nP-2;5,678\n', ['decimal']),
    'half UTF-16': ('t.csv', 'case_id,age\nä,1\n'.encode('utf-16')[:-1], ['complete'])}

def _ill_formed():
    "Every file that is no table, for the reader of any table, of clinical rows, of expression and of folds"
    about = dict(table=read_table, clinical=read_clinical, expression=read_expression, folds=read_splits)
    for who,read in about.items():
        for what,(name,made,words) in broken.items():
            if what=='a folder called csv' and who=='folds': words = ['no csv file']
            if what=='columns named twice' and who=='expression': words = ['orientation=']
            yield Case('tables', f'{who}: {what}', partial(_read_bytes, read, name, made),
                Error(*([] if words==['orientation='] else [name]), *words))

def _cohort(text, **kwargs):
    "A cohort of a clinical table written as text"
    def do(folder):
        (folder/'mine.csv').write_text(text, encoding='utf-8')
        return Cohort.from_files(folder/'mine.csv', **kwargs)
    return do

ends = dict(endpoints={'OS':('months','died','months')})
rows = 'case_id,months,died,grade\na,12,1,G1\nb,30.5,0,G2\nc,8,1,G1\n'

def _cohorts():
    "What a whole cohort says of a table"
    def case(name, text, expect, **kw): return Case('tables', f'cohort: {name}', _cohort(text, **kw), expect)
    yield case('as it should be', rows, lambda c: len(c)==3 and int(c.endpoints['OS'].event.sum())==2, **ends)
    yield case('case column of another name', rows.replace('case_id','patient'), lambda c: c.cases==['a','b','c'], **ends)
    yield case('its name given', rows.replace('case_id','patient'), lambda c: c.cases==['a','b','c'], case='patient', **ends)
    yield case('numbers of rows first', ',case_id,months,died\n0,a,1,1\n1,b,2,0\n', lambda c: c.cases==['a','b'], **ends)
    yield case('no such column of time', rows, Error('OS', 'monate', 'columns are'), endpoints={'OS':('monate','died','months')})
    yield case('no such column of events', rows, Error('OS', 'dead', 'columns are'), endpoints={'OS':('months','dead','months')})
    yield case('no unit', rows, Error('OS', 'unit'), endpoints={'OS':('months','died')})
    yield case('a strange unit', rows, Error('unit', 'months', 'choose'), endpoints={'OS':('months','died','fortnights')})
    yield case('endpoint is a word', rows, Error('OS', 'columns of time'), endpoints={'OS':'months'})
    yield case('no such covariate', rows, Error('age', 'columns are'), covariates=['age'])
    yield case('no such site column', rows, Error('clinic', 'columns are'), site='clinic')
    yield case('rows contradict', rows+'a,12,1,G3\n', Error('grade', 'a', 'conflicts='), **ends)
    yield case('rows of follow-up contradict', rows+'a,13,1,G1\n', Error('months', 'a', 'conflicts='), **ends)
    yield case('rows contradict, first is kept', rows+'a,12,1,G3\n', lambda c: c.clinical.grade['a']=='G1',
        conflicts='first', **ends)
    yield case('a word for conflicts', rows, Error('conflicts', 'first'), conflicts='last')
    yield case('a row twice', rows+'a,12,1,G1\n', lambda c: len(c)==3, **ends)
    yield case('a row without a case', rows+',5,1,G1\n', lambda c: len(c)==3 and 'no case id' in ' '.join(c.audit.reason), **ends)
    yield case('formulas', rows.replace('G2',"=HYPERLINK(1)"), lambda c: c.clinical.grade['b']=='=HYPERLINK(1)', **ends)
    yield case('ids 1.0', 'case_id,months,died\n1.0,5,1\n2.0,6,0\n', lambda c: c.cases==['1','2'], **ends)
    yield case('ids with zeros', 'case_id,months,died\n0012,5,1\n0013,6,0\n', lambda c: c.cases==['0012','0013'], **ends)
    yield case('long numbers as ids', 'case_id,months,died\n12345678901234567890,5,1\n12345678901234567891,6,0\n',
        lambda c: c.cases==['12345678901234567890','12345678901234567891'], **ends)
    yield case('ids that look like a missing value', 'case_id,months,died\nNA,5,1\nb,6,0\n',
        lambda c: c.cases==['b'] and len(c.audit)>0, **ends)
    yield case('not a path', rows, Error('endpoint', 'unit'), endpoints={'OS':('months',)})

gmt = 'TUM_A\tmade\tTP53\tEGFR\nTME_B\tmade\tVIM\tCOL1A1\n'
gene_files = {
    'gmt': ('g.gmt', gmt, lambda g: dict(g)=={'TUM_A':['TP53','EGFR'], 'TME_B':['VIM','COL1A1']}),
    'gmt, Windows lines': ('g.gmt', gmt.replace('\n','\r\n'), lambda g: g['TUM_A']==['TP53','EGFR']),
    'gmt, BOM': ('g.gmt', '\ufeff'+gmt, lambda g: list(g)==['TUM_A','TME_B']),
    'gmt with blanks': ('g.gmt', gmt.replace('\t',' '), Error('g.gmt', 'line 1', 'tabs')),
    'gmt of two columns': ('g.gmt', 'a\tb\n', Error('g.gmt', 'line 1', 'tabs')),
    'gmt, an empty set': ('g.gmt', 'a\tb\t\n', lambda g: g['a']==[] and 'no gene' in list(g.log.what)),
    'gmt, dates': ('g.gmt', 'a\tb\t2-Sep\tTP53\n', lambda g: g['a']==['TP53'] and len(g.log)==1),
    'gmt, a gene twice': ('g.gmt', 'a\tb\tTP53\tTP53\n', lambda g: g['a']==['TP53']),
    'gmt, a set twice': ('g.gmt', 'a\tb\tTP53\na\tb\tEGFR\n', Error('g.gmt', 'a', 'twice')),
    'empty gmt': ('g.gmt', '', Error('g.gmt', 'empty')), 'wide': ('g.csv', 'A,B\nTP53,VIM\nEGFR,\n',
    lambda g: dict(g)=={'A':['TP53','EGFR'],'B':['VIM']}),
    'Excel': ('g.xlsx', 'PK', Error('g.xlsx', 'csv')), 'not there': ('g.gmt', None, Error('g.gmt', 'no gene set')),
    'gmt in UTF-16': ('g.gmt', gmt.encode('utf-16'), (Error('g.gmt'), lambda g: list(g)==['TUM_A','TME_B'])),
    'a web page': ('g.gmt', '<html>\n', Error('g.gmt', 'line 1'))}

def _genes(name, content, folder):
    if content is not None: (folder/name).write_bytes(content if isinstance(content,bytes) else content.encode())
    return read_gene_sets(folder/name)

def _gene_sets():
    for what,(name,content,expect) in gene_files.items():
        yield Case('tables', f'gene sets: {what}', partial(_genes, name, content), expect)
    sets = GeneSets({'TUM_A':['TP53','EGFR','MYC','KRAS','PTEN'], 'TME_B':['VIM','COL1A1','CD4','CD8A','ACTB']})
    def parts(genes, **kw): return lambda _: gene_subspaces(genes, sets, **(dict(tumour='planted')|kw))
    everything = sets.genes
    yield Case('tables', 'subspaces: as they should be', parts(everything), lambda s: len(s.tumour)==len(s.environment)==5)
    yield Case('tables', 'subspaces: no gene', parts([]), Error('0 tumour genes', 'take more sets'))
    yield Case('tables', 'subspaces: Ensembl ids', parts(['ENSG00000141510.18']), Error('0 tumour genes', 'symbols'))
    yield Case('tables', 'subspaces: lower case', parts([o.lower() for o in everything]), Error('0 tumour genes', 'capitals'))
    yield Case('tables', 'subspaces: no such set', parts(everything, tumour=['X*'], environment=['TME*']),
        Error("'X*'", 'there are'))
    yield Case('tables', 'subspaces: no such word', parts(everything, tumour='organs'), Error('organs', 'choose'))
    yield Case('tables', 'subspaces: both', parts(everything, both='all'), Error('both', 'drop'))
    yield Case('tables', 'subspaces: one side', parts(everything, tumour=['TUM*'], environment=['TUM*']),
        Error('0 tumour genes', 'both='))

def _data_folder(make, folder, name='x', **kw):
    "Load a cohort of a folder of data"
    planted = planted_cohort(12, n_tiles=(4,5), n_genes=20, d=4)
    write_cohort(planted, folder/'d', 'x', 2)
    make(folder/'d')
    return load_cohort(folder/'d', name, **kw)

def _loaded():
    def case(what, make, expect, **kw): return Case('tables', f'data folder: {what}', partial(_data_folder, make, **kw), expect)
    clinical,rna = 'x_clinical.parquet','x_rna.parquet'
    def cut(name): return lambda d: (d/'tcga'/name).write_bytes((d/'tcga'/name).read_bytes()[:200])
    def table(d, f): f(pd.read_parquet(d/'tcga'/clinical)).to_parquet(d/'tcga'/clinical)
    yield case('as it should be', lambda d: None, lambda c: len(c)==12)
    yield case('no such cohort', lambda d: None, Error("'zz'", 'x (tcga)'), name='zz')
    yield case('no such source', lambda d: None, Error('cptac', 'x (tcga)'), source='cptac')
    yield case('a clinical table cut off', cut(clinical), Error(clinical, 'complete'))
    yield case('an expression table cut off', cut(rna), Error(rna, 'complete'))
    yield case('a feature file cut off', lambda d: [o.write_bytes(o.read_bytes()[:90]) for o in list(d.rglob('*.h5'))[:1]],
        Error('.h5', 'extract'))
    yield case('a query for nobody', lambda d: None, Error('x', 'finds none'), query='age > 500')
    yield case('an attack', lambda d: None, Error('x', '@'), query='@pd.read_pickle("x")')
    yield case('R events', lambda d: table(d, lambda t: t.assign(os_event=t.os_event+1)), Error('OS', 'os_event', 'subtract 1'))
    yield case('words among days', lambda d: table(d,
        lambda t: t.assign(os_days=t.os_days.astype(str).where(t.index!=0,'long'))), Error('OS', 'os_days', 'long'))
    yield case('no cases', lambda d: table(d, lambda t: t.drop(columns='case_id')), Error(('case_id','case')))
    yield case('rows that contradict', lambda d: table(d, lambda t: pd.concat([t, t.iloc[:1].assign(age=5.)])),
        Error('age', 'contradict'))
    yield case('no folder', lambda d: shutil.rmtree(d), Error('d'))

def _parquet(df, read, folder, **kw):
    df.to_parquet(folder/'t.parquet')
    return read(folder/'t.parquet', **kw)

def _peers():
    "Tables as portals hand them out"
    def expr(name, text, expect, **kw):
        return Case('tables', f'portal: {name}', lambda f: ((f/'t.txt').write_text(text),
            read_expression(f/'t.txt', **kw))[1], expect)
    head = 'TCGA-AA-0001-01\tTCGA-AA-0002-01\tTCGA-AA-0003-01\n'
    rows = [('TP53','7157','1.5\t2.5\t3.5'), ('EGFR','1956','0.5\t0.25\t8.5'), ('MYC','4609','2.5\t2.25\t1.5'),
        ('PTEN','5728','0.5\t4.5\t7.25')]
    def right(e): return len(e)==3 and e.genes==['TP53','EGFR','MYC','PTEN']
    yield expr('cBioPortal expression', 'Hugo_Symbol\tEntrez_Gene_Id\t'+head+''.join(f'{g}\t{i}\t{v}\n' for g,i,v in rows),
        (right, Error('Entrez_Gene_Id', 'drop')))
    counts = ''.join(f'{g}\t{i}\t{k}\t{k+9}\t{k+5}\n' for k,(g,i,_) in enumerate(rows))
    yield expr('cBioPortal counts', 'Hugo_Symbol\tEntrez_Gene_Id\t'+head+counts, (right, Error('Entrez_Gene_Id', 'drop')))
    yield expr('GDC expression', 'gene_id\tgene_name\t'+head+''.join(f'ENSG00000{i}{i[:2]}.1\t{g}\t{v}\n' for g,i,v in rows),
        (lambda e: len(e)==3, Error('gene_name', 'drop')))
    yield expr('GCT', '#1.2\n4\t3\nName\tDescription\t'+head+''.join(f'{g}\tna\t{v}\n' for g,i,v in rows),
        (right, Error('t.txt', 'line')))
    yield expr('Xena', 'sample\t'+head+''.join(f'{g}\t{v}\n' for g,i,v in rows), right)
    yield expr('SYMBOL|ENTREZ', 'gene\t'+head+''.join(f'{g}|{i}\t{v}\n' for g,i,v in rows), lambda e: len(e)==3 and len(e.genes)==4)
    lines = ['bcr_patient_barcode age os_days os_event', 'bcr_patient_barcode age_at days_to vital',
        'CDE_ID:2003301 CDE_ID:1 CDE_ID:2 CDE_ID:3']
    biotab = ''.join('\t'.join(o.split())+'\n' for o in lines)
    people = ''.join(f'TCGA-AA-{i:04d}\t{50+i}\t{90+i}\t{i%2}\n' for i in range(12))
    yield Case('tables', 'portal: TCGA biotab', lambda f: ((f/'t.txt').write_text(biotab+people),
        Cohort.from_files(f/'t.txt', case='bcr_patient_barcode', covariates=['age']))[1],
        (Error('os_days', 'days_to'), Error('age', 'age_at')))
    yield Case('tables', 'portal: a footer',
        lambda f: ((f/'t.csv').write_text('case_id,months,died\n'+''.join(f'c{i},{i+1},{i%2}\n' for i in range(9))+'Source: us\n'),
        read_clinical(f/'t.csv'))[1], Error('t.csv', 'line 11'))

def _of_parquet():
    ids = ['P1','P2','P3']
    def case(name, df, expect): return Case('tables', f'parquet: {name}',
        partial(_parquet, df, lambda p: Cohort.from_files(p)), expect)
    right = lambda c: c.cases==ids
    yield case('as it should be', pd.DataFrame(dict(case_id=ids, x=[1,2,3])), right)
    yield case('by its index', pd.DataFrame(dict(x=[1,2,3]), index=pd.Index(ids, name='case_id')), right)
    yield case('by an index without name', pd.DataFrame(dict(x=[1,2,3]), index=ids), right)
    yield case('categories', pd.DataFrame(dict(case_id=pd.Categorical(ids), x=[1,2,3])), right)
    yield case('bytes', pd.DataFrame(dict(case_id=[o.encode() for o in ids], x=[1,2,3])), (right, Error('case_id', 'bytes')))
    yield case('numbers', pd.DataFrame(dict(case_id=[1.,2.,3.], x=[1,2,3])), lambda c: c.cases==['1','2','3'])
    yield case('dates as ids', pd.DataFrame(dict(case_id=pd.date_range('2020-01-01',periods=3), x=[1,2,3])), lambda c: len(c)==3)
    yield case('lists', pd.DataFrame(dict(case_id=ids, x=[[1],[2],[3]])), Error('x', 'lists'))
    yield case('a column twice', pd.DataFrame(dict(case_id=ids, x=[1,2,3])).rename(columns={'x':'case_id '}),
        (right, Error('case_id')))
    yield case('no rows', pd.DataFrame(dict(case_id=[], x=[])), (Error('t.parquet'), lambda c: len(c)==0))
    yield case('no columns', pd.DataFrame(index=range(3)), Error('t.parquet', 'case_id'))
    yield case('columns of numbers', pd.DataFrame({0:ids, 1:[1,2,3]}), Error('t.parquet', 'case'))
    yield case('nullable numbers', pd.DataFrame(dict(case_id=ids, x=pd.array([1,None,3], dtype='Int64'))), right)
    yield case('periods', pd.DataFrame(dict(case_id=ids, x=pd.period_range('2020',periods=3,freq='Y'))), right)

def cases():
    yield from _peers()
    yield from _of_parquet()
    yield from _gene_sets()
    yield from _loaded()
    yield from _well_formed()
    yield from _ill_formed()
    yield from _cohorts()
